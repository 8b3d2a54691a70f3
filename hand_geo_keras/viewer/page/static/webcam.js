// Sends the webcam's images to the local server, the next one when it has answered.

import { base64Of } from "./crop.js";
import { find, pressed, tell } from "./page.js";
import { ask } from "./server.js";

const WIDTH = 640;
let media = null;

/** Makes the button start and stop the webcam; `show` is given each answer. */
export function listenToWebcam(show) {
  find("webcam").onclick = () => (media ? stopWebcam() : start(show).catch((error) => {
    stopWebcam();
    tell(error);
  }));
}

export function stopWebcam() {
  for (const track of media?.getTracks() ?? []) track.stop();
  media = null;
  find("live").hidden = true;
  pressed(find("webcam"), false);
}

async function start(show) {
  if (!navigator.mediaDevices) throw new Error("This browser gives no access to a webcam here.");
  const wanted = { video: { width: { ideal: WIDTH }, facingMode: "user" }, audio: false };
  media = await navigator.mediaDevices.getUserMedia(wanted).catch((reason) => {
    throw new Error(reason.name === "NotAllowedError"
      ? "The browser was not allowed to use the webcam; allow it in the address bar and try again."
      : "There is no webcam that the browser can use.");
  });
  const mine = media, video = find("video");
  video.srcObject = media;
  find("live").hidden = false;
  find("live-note").textContent = "Looking for the hand; the first time takes longest…";
  pressed(find("webcam"), true);
  await video.play();
  const stream = Math.random().toString(36).slice(2);
  const canvas = document.createElement("canvas");
  while (media === mine) {
    const start = performance.now();
    const answer = await ask("track", { image: await grabbed(video, canvas), stream });
    if (media !== mine) return;
    const rate = 1000 / (performance.now() - start);
    find("live-note").textContent = answer.image
      ? `${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)} images per second; nothing leaves this computer.`
      : "No hand in sight.";
    if (answer.image) await show(answer);
  }
}

async function grabbed(video, canvas) {
  const scale = Math.min(1, WIDTH / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  return base64Of(blob);
}
