// The page: asks for the newest overlay again and again.

import { ask } from "./ask.js";
import { element, find } from "./page.js";

const RETRY_MS = 1000;

function say(text) {
  find("message").textContent = text;
  find("message").hidden = !text;
}

function row(hand) {
  const line = element("tr");
  const wrist = hand.wrist_mm ? hand.wrist_mm.map((mm) => mm.toFixed(0)).join(", ") : "unknown";
  const score = hand.score === null ? "" : hand.score.toFixed(2);
  for (const text of [hand.track, hand.side, score, wrist]) {
    line.append(element("td", { textContent: text }));
  }
  return line;
}

function show(content) {
  find("view").src = content.image;
  find("view").hidden = false;
  find("speed").textContent = `${content.milliseconds.toFixed(0)} ms, ${content.fps.toFixed(1)} frames/s`;
  find("hands").tBodies[0].replaceChildren(...content.hands.map(row));
  find("hands").hidden = !content.hands.length;
  say("");
}

async function run() {
  find("name").textContent = (await ask("state")).name;
  for (let after = -1; ;) {
    const content = await ask("frame", { after });
    if (content.image) show(content);
    after = content.frame;
    if (content.ended) { say("The camera has ended."); return; }
  }
}

for (let stopped = false; !stopped;) {
  try {
    await run();
    stopped = true;
  } catch (error) {
    say(error.message);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
