// The page: choose a hand, rotate it, see the models follow.

import { cropped } from "./crop.js";
import { centered, renderPoints, renderSkeleton, rotationOf } from "./rendering.js";

const find = (id) => document.getElementById(id);
const ANGLES = ["yaw", "pitch", "roll"];
const DEGREES_PER_WIDTH = 180, KEY_STEP = 5, LATENCIES = 20;
const angles = { yaw: 0, pitch: 0, roll: 0 };
const own = { hands: [], looks: [] }; // images that were uploaded, as base64
let world, rows = [], hand = null, look = null, latencies = [];
let busy = false, again = false;

async function ask(route, request = {}) {
  const answer = await fetch(`/api/${route}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  }).catch(() => { throw new Error("The server does not answer; is it still running?"); });
  const content = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.error), { status: answer.status });
  return content;
}

function tell(error) {
  find("error").textContent = error ? error.message : "";
  find("error").hidden = !error;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function makeRow(model) {
  const row = { view: element("img", { alt: "View from another side", draggable: false }),
    points: element("canvas"), bones: element("canvas"),
    note: element("figcaption", { textContent: model.pose ? "3D skeleton" : "No pose model" }) };
  row.points.setAttribute("aria-label", "Latent points");
  row.bones.setAttribute("aria-label", "3D skeleton");
  for (const canvas of [row.points, row.bones]) canvas.setAttribute("role", "img");
  row.box = element("div", { className: "row" },
    element("h2", { textContent: model.name }),
    element("div", { className: "panels" },
      element("figure", {}, row.view, element("figcaption", { textContent: "View as decoded" })),
      element("figure", {}, row.points, element("figcaption", { textContent: "Latent points" })),
      element("figure", {}, row.bones, row.note)));
  return row;
}

function thumbnail(group, label, content, choose, checked = false) {
  const input = element("input", { type: "radio", name: group, checked, onchange: choose });
  input.setAttribute("aria-label", label);
  find(group).append(element("label", { title: label }, input, content));
  return input;
}

function thumb(source) {
  return element("img", { src: source, alt: "", draggable: false });
}

function renderLocally() {
  const rotation = rotationOf(angles);
  rows.forEach((row, k) => {
    if (!hand) return;
    renderPoints(row.points, hand.clouds[k], rotation);
    if (hand.bones[k]) renderSkeleton(row.bones, hand.bones[k], rotation, world.edges, world.joint_colors);
  });
  for (const name of ANGLES) {
    find(name).value = angles[name];
    find(`${name}-value`).textContent = `${Math.round(angles[name])}°`;
  }
}

/** Renders at once what needs no model, and asks for the newest view, one at a time. */
function show() {
  renderLocally();
  if (!hand) return;
  if (busy) { again = true; return; }
  busy = true;
  render().catch(tell).finally(() => {
    busy = false;
    if (again) { again = false; show(); }
  });
}

async function render() {
  const choice = find("background").value;
  const request = { ...angles, image: hand.image, appearance: look?.image ?? null,
    background: /^\d+$/.test(choice) ? Number(choice) : choice };
  const start = performance.now();
  let answer;
  try {
    answer = await ask("render", request);
  } catch (error) {
    if (error.status !== 404) throw error;
    await ask("encode", hand.source); // the server has forgotten it
    if (look) await ask("encode", look.source);
    answer = await ask("render", request);
  }
  rows.forEach((row, k) => { row.view.src = answer.views[k]; });
  latencies = [...latencies, [performance.now() - start, answer.milliseconds]].slice(-LATENCIES);
  const median = (k) => latencies.map((pair) => pair[k]).sort((a, b) => a - b)[latencies.length >> 1];
  find("latency").textContent = `${median(0).toFixed(0)} ms per view, ${median(1).toFixed(0)} in the model`;
  window.lastAnswer = { ...answer, request }; // for those who test the page
  tell(null);
}

async function encoded(source) {
  find("stage").classList.add("busy");
  try {
    const answer = await ask("encode", source);
    return { source, image: answer.image, png: answer.png,
      clouds: answer.latent_3d.map((points) => centered(points, [0, 0, 0])),
      bones: answer.joints.map((joints) => joints && centered(joints)) };
  } finally {
    find("stage").classList.remove("busy");
  }
}

async function chooseHand(source) {
  try { hand = await encoded(source); tell(null); show(); } catch (error) { tell(error); }
}

async function chooseLook(source) {
  try { look = source && (await encoded(source)); tell(null); show(); } catch (error) { tell(error); }
}

function listenToUpload(button, group, choose) {
  button.onclick = () => {
    const file = find("file");
    file.value = "";
    file.onchange = async () => {
      try {
        const image = await cropped(file.files[0]);
        if (!image) return;
        own[group].push(image);
        const input = thumbnail(group, `your image ${own[group].length}`,
          thumb(`data:image/png;base64,${image}`), () => choose({ image }), true);
        input.focus();
        await choose({ image });
      } catch (error) { tell(error); }
    };
    file.click();
  };
}

function wrap(angle) {
  return ((((angle + 180) % 360) + 360) % 360) - 180;
}

function rotateBy(yaw, pitch, roll = 0) {
  angles.yaw = wrap(angles.yaw + yaw);
  angles.pitch = wrap(angles.pitch + pitch);
  angles.roll = wrap(angles.roll + roll);
  show();
}

function listenToTurns() {
  const stage = find("rows");
  let from = null;
  stage.onpointerdown = (event) => {
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("held");
    swing(false);
    from = event;
  };
  stage.onpointermove = (event) => {
    if (!from) return;
    const scale = DEGREES_PER_WIDTH / rows[0].points.clientWidth;
    rotateBy((event.clientX - from.clientX) * scale, (event.clientY - from.clientY) * scale);
    from = event;
  };
  stage.onpointerup = stage.onpointercancel = () => { from = null; stage.classList.remove("held"); };
  stage.onkeydown = (event) => {
    const s = KEY_STEP;
    const step = { ArrowLeft: [-s, 0], ArrowRight: [s, 0], ArrowUp: [0, -s], ArrowDown: [0, s],
      q: [0, 0, -s], e: [0, 0, s] }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Home") reset();
    else if (step) rotateBy(...step);
    else return;
    event.preventDefault();
  };
  for (const name of ANGLES) {
    find(name).oninput = () => { angles[name] = Number(find(name).value); show(); };
  }
  find("reset").onclick = reset;
  find("spin").onclick = () => swing(find("spin").getAttribute("aria-pressed") !== "true");
  find("background").onchange = show;
  window.addEventListener("resize", renderLocally);
}

function reset() {
  swing(false);
  Object.assign(angles, { yaw: 0, pitch: 0, roll: 0 });
  show();
}

function swing(on) {
  find("spin").setAttribute("aria-pressed", String(on));
  if (!on) return;
  const start = performance.now(), centre = angles.yaw;
  const step = (now) => {
    if (find("spin").getAttribute("aria-pressed") !== "true") return;
    angles.yaw = wrap(centre + 45 * Math.sin((now - start) / 900));
    show();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

async function start() {
  world = await ask("state");
  rows = world.models.map(makeRow);
  find("rows").append(...rows.map((row) => row.box));
  find("rows").classList.toggle("compared", rows.length > 1);
  thumbnail("looks", "its own appearance", element("span", { className: "none", textContent: "own" }),
    () => chooseLook(null), true);
  world.samples.forEach((sample, k) => {
    thumbnail("hands", sample.name, thumb(sample.png), () => chooseHand({ sample: k }), k === 0);
    thumbnail("looks", sample.name, thumb(sample.png), () => chooseLook({ sample: k }));
    find("background").append(element("option", { value: k, textContent: `Behind ${sample.name}` }));
  });
  listenToUpload(find("upload-hand"), "hands", chooseHand);
  listenToUpload(find("upload-look"), "looks", chooseLook);
  listenToTurns();
  if (world.samples.length) await chooseHand({ sample: 0 });
}

start().catch(tell);
