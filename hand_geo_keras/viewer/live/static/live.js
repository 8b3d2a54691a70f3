// The page: asks for the newest overlay again and again.

const find = (id) => document.getElementById(id);
const RETRY_MS = 1000;

async function ask(route, request = {}) {
  const answer = await fetch(`/api/${route}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  }).catch(() => { throw new Error("The server does not answer; is it still running?"); });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

function tell(text) {
  find("message").textContent = text;
  find("message").hidden = !text;
}

function row(hand) {
  const line = document.createElement("tr");
  const wrist = hand.wrist_mm ? hand.wrist_mm.map((mm) => mm.toFixed(0)).join(", ") : "unknown";
  const score = hand.score === null ? "" : hand.score.toFixed(2);
  for (const text of [hand.track, hand.side, score, wrist]) {
    line.append(Object.assign(document.createElement("td"), { textContent: text }));
  }
  return line;
}

function show(content) {
  find("view").src = content.image;
  find("view").hidden = false;
  find("speed").textContent = `${content.milliseconds.toFixed(0)} ms, ${content.fps.toFixed(1)} frames/s`;
  find("hands").tBodies[0].replaceChildren(...content.hands.map(row));
  find("hands").hidden = !content.hands.length;
  tell("");
}

async function run() {
  find("name").textContent = (await ask("state")).name;
  for (let after = -1; ;) {
    const content = await ask("frame", { after });
    if (content.image) show(content);
    after = content.frame;
    if (content.ended) { tell("The camera has ended."); return; }
  }
}

for (let stopped = false; !stopped;) {
  try {
    await run();
    stopped = true;
  } catch (error) {
    tell(error.message);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
