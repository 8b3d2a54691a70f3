// The page: choose a frame, drag its joints in two or more views, save.

import { ask } from "./ask.js";
import { element, find, tell } from "./page.js";
import { centered, renderSkeleton, rotationOf } from "./rendering.js";
import { View } from "./view.js";

const NUDGE = 1, FAST_NUDGE = 5, MOST_UNDOS = 200;
const angles = { yaw: 20, pitch: -15, roll: 0 };
const drafts = new Map(); // frame -> what was changed and not saved yet
let world, views = [], list = [], now = null, selected = 8, active = 0, whole = false;
let busy = false, again = false;

const copy = (value) => JSON.parse(JSON.stringify(value));
const placedIn = (view) => new Set(Object.keys(now.placed)
  .filter((joint) => world.cameras[view].name in now.placed[joint]).map(Number));

function show() {
  if (!now) return;
  views.forEach((view, k) => {
    view.canvas.parentElement.classList.toggle("active", k === active);
    const lines = now.lines?.joint === selected ? now.lines.lines[k] : [];
    view.render(now.pixels[k], { edges: world.edges, colors: world.joint_colors, selected,
      placed: placedIn(k), lines });
  });
  const solid = centered(now.joints);
  renderSkeleton(find("solid"), solid, rotationOf(angles), world.edges, world.joint_colors);
  find("joint").value = selected;
  find("undo").disabled = !now.undo.length;
  const errors = now.lines?.joint === selected
    ? Object.entries(now.lines.errors).map(([name, px]) => `${name} ${px.toFixed(1)} px`).join(", ") : "";
  find("place").textContent = `${now.joints[selected].map((v) => v.toFixed(1)).join(", ")} mm`
    + (errors ? `; off by ${errors}` : "");
  const dirty = drafts.has(now.frame) ? ", not saved" : "";
  find("status").textContent = `Frame ${now.frame}: ${world.status[now.frame]}${dirty}`;
  window.corrected = now; // for those who test the page
}

function showList() {
  for (const button of find("frames").querySelectorAll("button")) {
    const frame = Number(button.dataset.frame);
    button.setAttribute("aria-current", String(frame === now?.frame));
    button.classList.toggle("corrected", world.status[frame] === "corrected");
    button.classList.toggle("draft", drafts.has(frame));
    button.title = drafts.has(frame) ? "not saved" : world.status[frame];
  }
  // Not scrollIntoView: it would scroll the page from under a finger that drags a joint.
  const box = find("frames"), current = box.querySelector("[aria-current=true]")?.parentElement;
  if (current) {
    const top = current.offsetTop - box.offsetTop, bottom = top + current.offsetHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  }
  find("go").value = now ? now.frame : 0;
}

async function open(frame) {
  try {
    const content = await ask("frame", { frame });
    const images = await Promise.all(content.images.map(async (source) => {
      if (!source) return null;
      const image = element("img", { src: source });
      await image.decode();
      return image;
    }));
    now = drafts.get(frame) ?? { frame, joints: content.joints, pixels: content.pixels,
      base: copy(content.joints), placed: {}, lines: null, undo: [] };
    views.forEach((view, k) => {
      view.image = images[k];
      if (whole) view.whole(); else view.around(now.pixels[k]);
    });
    tell(null);
  } catch (error) { tell(error); }
  show();
  showList();
}

function step(by) {
  const place = list.indexOf(now?.frame);
  const count = world.status.length;
  if (place >= 0) open(list[(place + by + list.length) % list.length]);
  else open((((now?.frame ?? 0) + by) % count + count) % count);
}

function remember() {
  now.undo.push(copy({ joints: now.joints, pixels: now.pixels, placed: now.placed }));
  if (now.undo.length > MOST_UNDOS) now.undo.shift();
  drafts.set(now.frame, now);
}

function undo() {
  if (!now.undo.length) return;
  Object.assign(now, now.undo.pop(), { lines: null });
  if (!now.undo.length) drafts.delete(now.frame);
  show();
  showList();
}

/** Puts the selected joint somewhere in one view; the server says where it is in 3D. */
function place(view, pixel) {
  const camera = world.cameras[view];
  const inside = pixel.map((v, k) => Math.min(camera.size[k] - 1, Math.max(0, v)));
  (now.placed[selected] ??= {})[camera.name] = inside;
  now.pixels[view][selected] = inside;
  show();
  follow();
}

/** Asks for the newest place, one at a time. */
function follow() {
  if (busy) { again = true; return; }
  busy = true;
  moved().catch(tell).finally(() => {
    busy = false;
    if (again) { again = false; follow(); }
  });
}

async function moved() {
  const frame = now, joint = selected;
  if (!frame.placed[joint]) return;
  const answer = await ask("move", { point: frame.base[joint], placed: frame.placed[joint] });
  if (!frame.placed[joint]) return; // undone meanwhile
  frame.joints[joint] = answer.point;
  answer.pixels.forEach((pixel, k) => { frame.pixels[k][joint] = pixel; });
  frame.lines = { joint, lines: answer.lines, errors: answer.errors };
  tell(null);
  show();
}

async function settled() {
  while (busy) await new Promise((done) => setTimeout(done, 5));
}

async function save() {
  if (!now) return false;
  await settled();
  const frame = now;
  try {
    const answer = await ask("save", { frame: frame.frame, joints: frame.joints, placed: frame.placed });
    world.status[frame.frame] = answer.status;
    drafts.delete(frame.frame);
    Object.assign(frame, { undo: [] });
    tell(null);
  } catch (error) { tell(error); return false; } finally { show(); showList(); }
  return true;
}

async function discard() {
  try {
    const answer = await ask("discard", { frame: now.frame });
    world.status[now.frame] = answer.status;
    drafts.delete(now.frame);
    await open(now.frame);
  } catch (error) { tell(error); }
}

function select(joint) {
  const count = world.joint_names.length;
  selected = ((joint % count) + count) % count;
  show();
}

function toggleWhole() {
  whole = !whole;
  find("zoom").setAttribute("aria-pressed", String(whole));
  views.forEach((view, k) => (whole ? view.whole() : view.around(now.pixels[k])));
  show();
}

function listenTo(view, number) {
  const canvas = view.canvas;
  let held = null;
  canvas.onpointerdown = (event) => {
    if (!now) return;
    active = number;
    const joint = view.jointAt(event, now.pixels[number], selected);
    canvas.setPointerCapture(event.pointerId);
    if (joint !== null) { select(joint); remember(); }
    const pixel = joint === null ? null : now.pixels[number][joint];
    held = { joint, pixel: pixel && [...pixel], from: event, shown: { ...view.shown }, moved: false };
    show();
    showList();
  };
  canvas.onpointermove = (event) => {
    if (!held) return;
    // From where the finger began, for the page may move under it.
    const dx = (event.clientX - held.from.clientX) / view.scale;
    const dy = (event.clientY - held.from.clientY) / view.scale;
    if (held.joint === null) {
      Object.assign(view.shown, { x: held.shown.x - dx, y: held.shown.y - dy });
      show();
    } else if (held.moved || Math.hypot(dx, dy) * view.scale > 1) {
      held.moved = true;
      place(number, [held.pixel[0] + dx, held.pixel[1] + dy]);
    }
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (held?.joint !== null && held && !held.moved) undo(); // a click only selects
    held = null;
  };
  canvas.onwheel = (event) => {
    event.preventDefault();
    view.zoomBy(Math.exp(event.deltaY / 400));
    show();
  };
  canvas.onfocus = () => { active = number; show(); };
}

function nudge(dx, dy) {
  remember();
  const [x, y] = now.pixels[active][selected];
  place(active, [x + dx, y + dy]);
  showList();
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "z" && now) { event.preventDefault(); undo(); }
      return;
    }
    if (!now || event.altKey || ["INPUT", "SELECT"].includes(event.target.tagName)) return;
    if (event.key === "Enter" && event.target.tagName === "BUTTON") return;
    const s = event.shiftKey ? FAST_NUDGE : NUDGE;
    const act = {
      n: () => step(1), p: () => step(-1), j: () => select(selected + 1), k: () => select(selected - 1),
      v: () => { active = (active + 1) % views.length; show(); }, u: undo, s: save, z: toggleWhole,
      enter: async () => { if (await save()) step(1); },
      arrowleft: () => nudge(-s, 0), arrowright: () => nudge(s, 0),
      arrowup: () => nudge(0, -s), arrowdown: () => nudge(0, s),
    }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  window.addEventListener("beforeunload", (event) => { if (drafts.size) event.preventDefault(); });
  window.addEventListener("resize", show);
}

function listenToSolid() {
  const canvas = find("solid");
  canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
  canvas.onpointermove = (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    angles.yaw += event.movementX * 0.7;
    angles.pitch += event.movementY * 0.7;
    show();
  };
}

async function start() {
  world = await ask("state");
  document.title = find("status").textContent = `Correct labels of ${world.name}`;
  for (const camera of world.cameras) {
    const canvas = element("canvas", { tabIndex: 0 });
    canvas.setAttribute("aria-label", `${camera.name}; drag joints, or nudge with the arrow keys`);
    find("views").append(element("figure", {}, canvas, element("figcaption", { textContent: camera.name })));
    views.push(new View(camera, canvas));
    listenTo(views.at(-1), views.length - 1);
  }
  world.joint_names.forEach((name, k) => find("joint").append(
    element("option", { value: k, textContent: name.replace("_", " ") })));
  const count = world.status.length, some = Math.min(64, count);
  list = world.chosen.length ? [...world.chosen]
    : [...new Set(Array.from({ length: some }, (_, k) => Math.floor((k * count) / some)))];
  for (const frame of list) {
    const button = element("button", { type: "button", textContent: frame, onclick: () => open(frame) });
    button.dataset.frame = frame;
    find("frames").append(element("li", {}, button));
  }
  find("go").max = count - 1;
  find("go").onchange = () => open(Math.min(count - 1, Math.max(0, Math.round(Number(find("go").value) || 0))));
  find("joint").onchange = () => select(Number(find("joint").value));
  find("next").onclick = () => step(1);
  find("previous").onclick = () => step(-1);
  find("undo").onclick = undo;
  find("save").onclick = save;
  find("discard").onclick = discard;
  find("zoom").onclick = toggleWhole;
  listenToKeys();
  listenToSolid();
  await open(list[0] ?? 0);
}

start().catch(tell);
