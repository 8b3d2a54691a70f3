// The page: choose a hand, rotate it, see the models follow.

import { chosenHand } from "./crop.js";
import { listenToDownloads } from "./downloads.js";
import { during, element, find, pressed, tell } from "./page.js";
import { centered, rotationOf } from "./rendering.js";
import { ask, Lost, onReturn } from "./server.js";
import { fillLegend, makeRow, renderRow } from "./stage.js";
import { goTo, listenToTimeline, stopPlaying } from "./timeline.js";
import { listenToWebcam, stopWebcam } from "./webcam.js";

const ANGLES = ["yaw", "pitch", "roll"];
const DEGREES_PER_WIDTH = 180, KEY_STEP = 5, LATENCIES = 20;
const angles = { yaw: 0, pitch: 0, roll: 0 };
const own = { hands: 0, looks: 0 }; // images that were uploaded
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let world, rows = [], hand = null, look = null, latencies = [];
let busy = false, again = false, redo = null;

function thumbnail(group, label, content, choose, checked = false) {
  const input = element("input", { type: "radio", name: group, checked, onchange: choose });
  input.setAttribute("aria-label", label);
  find(group).append(element("label", { title: label }, input, content));
  return input;
}

const thumb = (source) => element("img", { src: source, alt: "", draggable: false });

function renderLocally() {
  if (hand) rows.forEach((row, k) => renderRow(row, k, hand, rotationOf(angles), world));
  for (const name of ANGLES) {
    find(name).value = angles[name];
    find(`${name}-value`).textContent = `${Math.round(angles[name])}°`;
  }
}

/** Renders at once what needs no model, and asks for the newest view, one at a time. */
async function show() {
  renderLocally();
  if (!hand) return;
  if (busy) { again = true; return; }
  busy = true;
  try {
    await render();
  } catch (error) {
    complain(error);
    again = false;
  }
  busy = false;
  if (again) { again = false; await show(); }
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
    if (error.status !== 404 || !hand.asked) throw error;
    await ask(hand.asked.route, hand.asked.source); // the server has forgotten it
    if (look) await ask("encode", look.asked.source);
    answer = await ask("render", request);
  }
  rows.forEach((row, k) => { if (answer.views[k]) row.view.src = answer.views[k]; });
  latencies = [...latencies, [performance.now() - start, answer.milliseconds]].slice(-LATENCIES);
  const median = (k) => latencies.map((pair) => pair[k]).sort((a, b) => a - b)[latencies.length >> 1];
  if (rows.some((row) => row.model.views)) {
    find("latency").textContent = `${median(0).toFixed(0)} ms per view, ${median(1).toFixed(0)} in the model`;
  }
  window.lastAnswer = { ...answer, request }; // for those who test the page
  tell(null);
}

/** An answer of the server as what the panels show. */
async function seen(answer, asked = null) {
  const bitmap = thumb(answer.png);
  await bitmap.decode();
  return { ...answer, asked, bitmap,
    clouds: answer.latent_3d.map((points) => points && centered(points, [0, 0, 0], 0.97)),
    bones: answer.joints.map((joints) => joints && centered(joints)) };
}

function encoded(source, text = "Reading the hand…") {
  return during(text, async () => seen(await ask("encode", source), { route: "encode", source }));
}

async function chooseHand(source) {
  stopWebcam();
  stopPlaying();
  try {
    hand = await encoded(source);
    tell(null);
    await show();
  } catch (error) { complain(error, () => chooseHand(source)); }
}

async function chooseLook(source) {
  try {
    look = source && (await encoded(source));
    tell(null);
    await show();
  } catch (error) { complain(error, () => chooseLook(source)); }
}

/** Says what went wrong; what was lost with the server is done again when it is back. */
function complain(error, again) {
  if (error instanceof Lost) redo = again ?? show;
  else tell(error);
}

async function showLive(answer) {
  stopPlaying();
  uncheck();
  hand = await seen(answer);
  await show();
}

async function showFrame(answer, asked) {
  stopWebcam();
  uncheck();
  find("status").textContent = answer.image ? "" : `No hand found in frame ${answer.frame} of ${answer.camera}.`;
  if (!answer.image) return;
  hand = await seen(answer, { route: "frame", source: asked });
  await show();
}

function uncheck() {
  for (const input of document.querySelectorAll("#hands input:checked")) input.checked = false;
}

function listenToUpload(button, group, choose) {
  button.onclick = () => {
    const file = find("file");
    file.value = "";
    file.onchange = async () => {
      try {
        const chosen = await chosenHand(file.files[0]);
        if (!chosen) return;
        own[group] += 1;
        const input = thumbnail(group, `your image ${own[group]}`, thumb(chosen.thumb), () => choose(chosen.source), true);
        input.focus();
        await choose(chosen.source);
      } catch (error) { complain(error); }
    };
    file.click();
  };
}

const wrap = (angle) => ((((angle + 180) % 360) + 360) % 360) - 180;

function rotateBy(yaw, pitch, roll = 0) {
  angles.yaw = wrap(angles.yaw + yaw);
  angles.pitch = wrap(angles.pitch + pitch);
  angles.roll = wrap(angles.roll + roll);
  show();
}

function listenToTurns() {
  const stage = find("rows");
  let from = null;
  // Only what rotates takes the finger; elsewhere it scrolls the page.
  stage.onpointerdown = (event) => {
    if (!event.target.classList.contains("turns")) return;
    stage.setPointerCapture(event.pointerId);
    stage.classList.add("held");
    swing(false);
    from = { x: event.clientX, y: event.clientY, width: event.target.clientWidth };
  };
  stage.onpointermove = (event) => {
    if (!from) return;
    const scale = DEGREES_PER_WIDTH / from.width;
    rotateBy((event.clientX - from.x) * scale, (event.clientY - from.y) * scale);
    [from.x, from.y] = [event.clientX, event.clientY];
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
  find("spin").onclick = () => swing(!pressed(find("spin")));
  find("background").onchange = show;
  find("overlay").onchange = renderLocally;
  window.addEventListener("resize", renderLocally);
  calm.onchange = heedMotion;
  heedMotion();
}

/** Who asks for less motion gets no animation; the sliders do the same by hand. */
function heedMotion() {
  if (calm.matches) swing(false);
  find("spin").disabled = calm.matches;
  find("spin").title = calm.matches ? "Off, because your system asks for less motion" : "";
}

function reset() {
  swing(false);
  Object.assign(angles, { yaw: 0, pitch: 0, roll: 0 });
  show();
}

function swing(on) {
  pressed(find("spin"), on);
  if (!on) return;
  const start = performance.now(), centre = angles.yaw;
  const step = (now) => {
    if (!pressed(find("spin"))) return;
    angles.yaw = wrap(centre + 45 * Math.sin((now - start) / 900));
    show();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function build() {
  rows = world.models.map(makeRow);
  find("rows").replaceChildren(...rows.map((row) => row.box));
  find("rows").classList.toggle("compared", rows.length > 1);
  if (rows.length === 1) rows[0].panels.append(find("explained"));
  fillLegend(world.fingers);
  const views = world.models.some((model) => model.views);
  for (const box of document.querySelectorAll(".needs-views")) box.hidden = !views;
  if (!views) find("draggable").textContent = "3D skeleton";
  for (const id of ["save-json", "save-csv"]) find(id).hidden = !world.models.some((model) => model.pose);
  thumbnail("looks", "its own appearance", element("span", { className: "none", textContent: "own" }),
    () => chooseLook(null), true);
  world.samples.forEach((sample, k) => {
    thumbnail("hands", sample.name, thumb(sample.png), () => chooseHand({ sample: k }), k === 0 && !world.recording);
    thumbnail("looks", sample.name, thumb(sample.png), () => chooseLook({ sample: k }));
    find("background").append(element("option", { value: k, textContent: `Behind ${sample.name}` }));
  });
  listenToUpload(find("upload-hand"), "hands", chooseHand);
  listenToUpload(find("upload-look"), "looks", chooseLook);
  listenToWebcam(showLive);
  listenToDownloads(() => ({ hand, rows }));
  listenToTurns();
}

async function start() {
  world = await ask("state");
  build();
  document.body.classList.remove("loading");
  find("status").textContent = "";
  if (listenToTimeline(world.recording, showFrame)) await during("Looking for the hand…", goTo);
  else if (world.samples.length) await chooseHand({ sample: 0 });
  else find("status").textContent = "Upload an image, or start the webcam.";
}

onReturn(() => {
  const task = redo ?? show;
  redo = null;
  task();
});
const begin = () => start().catch((error) => complain(error, world ? show : begin));
begin();
