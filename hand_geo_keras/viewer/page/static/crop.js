// Shows an own image with the frame around the hand, to be adjusted.

import { find } from "./page.js";
import { ask } from "./server.js";

const MOST_BYTES = 4 * 2 ** 20, MOST_PIXELS = 16e6, MOST_SIDE = 2048, KEY_STEP = 0.01;
const UNREADABLE = "This is no readable JPEG or PNG image.";

/** Content of a file as base64. */
export async function base64Of(blob) {
  const reader = new FileReader();
  await new Promise((done, failed) => {
    reader.onload = done;
    reader.onerror = failed;
    reader.readAsDataURL(blob);
  });
  return reader.result.split(",")[1];
}

/** The file itself, or a smaller JPEG of it where it is larger than the server takes. */
async function fitting(file, bitmap) {
  const pixels = bitmap.width * bitmap.height;
  if (file.size <= MOST_BYTES && pixels <= MOST_PIXELS) return file;
  const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
}

/** Lets the person adjust the box in a frame of a recording; null if they do not. */
export async function adjustedBox({ whole, width, box, side, image }) {
  const bitmap = Object.assign(new Image(), { src: whole });
  await bitmap.decode();
  const frame = new Frame(bitmap), scale = width / bitmap.width;
  if (image) frame.place(box.map((v) => v / scale), side);
  find("crop-note").textContent = "Put the frame around the hand.";
  if (!(await frame.confirmed()) || !frame.isTouched) return null;
  return { box: frame.box.map((v) => v * scale), side: frame.side };
}

/** What to ask `encode` for, with a thumbnail; null if the person changed their mind. */
export async function chosenHand(file) {
  const original = await createImageBitmap(file).catch(() => { throw new Error(UNREADABLE); });
  const blob = await fitting(file, original);
  const bitmap = blob === file ? original : await createImageBitmap(blob);
  const image = await base64Of(blob);
  const frame = new Frame(bitmap);
  frame.search(image);
  if (!(await frame.confirmed())) return null;
  const place = frame.isFound ? {} : { box: frame.box, side: frame.side };
  return { source: { image, ...place }, thumb: frame.thumbnail() };
}

class Frame {
  constructor(bitmap) {
    this.bitmap = bitmap;
    this.shorter = Math.min(bitmap.width, bitmap.height);
    this.box = [(bitmap.width - 1) / 2, (bitmap.height - 1) / 2, this.shorter];
    this.isFound = false; // whether the frame is the one that the server found
    this.isTouched = false;
    this.canvas = find("crop-canvas");
    const scale = Math.min(1, 1024 / Math.max(bitmap.width, bitmap.height));
    this.canvas.width = Math.round(bitmap.width * scale);
    this.canvas.height = Math.round(bitmap.height * scale);
    this.canvas.style.aspectRatio = `${bitmap.width} / ${bitmap.height}`;
    find("crop-left").checked = false;
    this.listen();
    this.showSize();
  }

  get side() { return find("crop-left").checked ? "left" : "right"; }

  place(box, side) {
    this.box = box;
    find("crop-left").checked = side === "left";
    this.showSize();
    this.paint();
  }

  /** Whether the person accepts the frame. */
  async confirmed() {
    const dialog = find("crop");
    dialog.returnValue = "cancel";
    dialog.showModal();
    this.paint();
    await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
    this.isClosed = true;
    return dialog.returnValue === "ok";
  }

  async search(image) {
    find("crop-note").textContent = "Looking for the hand… you may as well move the frame yourself.";
    try {
      const { hand } = await ask("find", { image });
      if (this.isClosed || this.isTouched) return;
      find("crop-note").textContent = hand
        ? `A ${hand.side} hand was found (${Math.round(100 * hand.score)} %); adjust the frame if it is off.`
        : "No hand was found; put the frame around it.";
      if (!hand) return;
      this.isFound = true;
      this.place(hand.box, hand.side);
    } catch (error) {
      if (!this.isClosed) find("crop-note").textContent = `${error.message} Put the frame around the hand.`;
    }
  }

  showSize() { find("crop-size").value = (100 * this.box[2]) / this.shorter; }

  touch() {
    this.isTouched = true;
    this.isFound = false;
    find("crop-note").textContent = "The hand and a little around it should be in the frame.";
    this.paint();
  }

  move(dx, dy) {
    const { width, height } = this.bitmap, [x, y, side] = this.box;
    this.box = [Math.min(width - 1, Math.max(0, x + dx)), Math.min(height - 1, Math.max(0, y + dy)), side];
    this.touch();
  }

  listen() {
    const { canvas } = this;
    let last = null;
    canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); last = event; };
    canvas.onpointermove = (event) => {
      if (!last || !canvas.hasPointerCapture(event.pointerId)) return;
      const pixels = this.bitmap.width / canvas.clientWidth;
      this.move((event.clientX - last.clientX) * pixels, (event.clientY - last.clientY) * pixels);
      last = event;
    };
    canvas.onpointerup = canvas.onpointercancel = () => { last = null; };
    canvas.onkeydown = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      this.move(...step.map((way) => way * KEY_STEP * this.shorter));
    };
    find("crop-size").oninput = () => {
      this.box[2] = Math.max(4, (find("crop-size").value / 100) * this.shorter);
      this.touch();
    };
    find("crop-left").onchange = () => this.touch();
  }

  paint() {
    const context = this.canvas.getContext("2d"), { width, height } = this.canvas;
    const scale = width / this.bitmap.width, [x, y, side] = this.box.map((v) => v * scale);
    context.drawImage(this.bitmap, 0, 0, width, height);
    const outside = new Path2D();
    outside.rect(0, 0, width, height);
    outside.rect(x - side / 2, y - side / 2, side, side);
    context.fillStyle = "rgb(0 0 0 / 0.55)";
    context.fill(outside, "evenodd");
    context.lineWidth = Math.max(2, width / 160);
    context.strokeStyle = "#fff";
    context.strokeRect(x - side / 2, y - side / 2, side, side);
  }

  thumbnail() {
    const canvas = document.createElement("canvas"), [x, y, side] = this.box;
    canvas.width = canvas.height = 128;
    canvas.getContext("2d").drawImage(this.bitmap, x - side / 2, y - side / 2, side, side, 0, 0, 128, 128);
    return canvas.toDataURL("image/png");
  }
}
