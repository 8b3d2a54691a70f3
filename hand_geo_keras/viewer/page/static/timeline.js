// A recording: its time line, its cameras, and where they stand.

import { adjustedBox } from "./crop.js";
import { element, find, pressed, tell } from "./page.js";
import { renderFrame, renderPlan } from "./rendering.js";
import { ask } from "./server.js";

let recording, show, camera = 0, place = null, last = null, busy = false, next = null;

/** Sets up the time line of a recording; `showHand` is given each answer. */
export function listenToTimeline(state, showHand) {
  if (!state) return false;
  [recording, show] = [state, showHand];
  find("recording").hidden = false;
  find("recording-name").textContent = `Recording ${state.name}`;
  find("frame").max = state.frames - 1;
  find("frame").value = state.start;
  find("cameras").append(...state.cameras.map(({ name }, k) => {
    const input = element("input", { type: "radio", name: "camera", checked: k === 0,
      onchange: () => { camera = k; place = null; goTo(); } });
    return element("label", { className: "check" }, input, name);
  }));
  find("frame").oninput = () => goTo();
  find("play").onclick = () => {
    if (pressed(find("play"), !pressed(find("play")))) step();
    find("play").textContent = pressed(find("play")) ? "Pause" : "Play";
  };
  find("adjust").onclick = () => adjust().catch(tell);
  window.addEventListener("resize", plan);
  plan();
  return true;
}

export function stopPlaying() {
  pressed(find("play"), false);
  find("play").textContent = "Play";
}

function plan() {
  if (!recording || find("recording").hidden) return;
  renderPlan(find("plan"), recording.cameras, camera, place);
}

async function adjust() {
  stopPlaying();
  const chosen = last && (await adjustedBox(last));
  if (chosen) await goTo(chosen);
}

/** Asks for the newest frame that was chosen, one at a time; perhaps with another box. */
export async function goTo(chosen = {}) {
  find("frame-value").value = `${find("frame").value} of ${recording.frames - 1}`;
  if (busy) { next = chosen; return; }
  busy = true;
  try {
    const request = { camera: recording.cameras[camera].name, frame: Number(find("frame").value) };
    const asked = chosen.box ? { ...request, ...chosen } : request;
    const answer = last = await ask("frame", asked);
    place = answer.place ?? null;
    find("plan-note").textContent = place
      ? "The cameras from above; the chosen one is filled, the ring is the hand as it sees it."
      : "The cameras from above; the chosen one is filled.";
    plan();
    await renderFrame(find("whole"), answer);
    await show(answer, asked);
  } catch (error) {
    stopPlaying();
    tell(error);
  } finally {
    busy = false;
  }
  if (next) { const request = next; next = null; await goTo(request); }
}

async function step() {
  const start = performance.now(), frame = find("frame");
  if (!pressed(find("play"))) return;
  frame.value = Number(frame.value) >= Number(frame.max) ? 0 : Number(frame.value) + 1;
  await goTo();
  const wait = Math.max(0, 1000 / recording.fps - (performance.now() - start));
  setTimeout(step, wait);
}
