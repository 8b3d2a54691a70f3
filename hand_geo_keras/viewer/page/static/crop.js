// Lets one put the hand of an own image into the square that the models take.

const SIDE = 256;
const find = (id) => document.getElementById(id);

/** PNG of the chosen square as base64, or null if the person changed their mind. */
export async function cropped(file) {
  const image = await createImageBitmap(file).catch(() => {
    throw new Error("This is no readable JPEG or PNG image.");
  });
  const canvas = find("crop-canvas"), zoom = find("crop-zoom"), left = find("crop-left");
  const view = { x: image.width / 2, y: image.height / 2 };
  zoom.value = 0;
  left.checked = false;
  const paint = (target = canvas) => {
    const least = Math.min(image.width, image.height);
    const side = least * 0.08 ** (zoom.value / 100);
    view.x = Math.min(image.width - side / 2, Math.max(side / 2, view.x));
    view.y = Math.min(image.height - side / 2, Math.max(side / 2, view.y));
    view.side = side;
    const context = target.getContext("2d");
    context.setTransform(left.checked ? -1 : 1, 0, 0, 1, left.checked ? target.width : 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(image, view.x - side / 2, view.y - side / 2, side, side,
      0, 0, target.width, target.height);
  };
  const move = (dx, dy) => {
    const step = view.side / canvas.clientWidth;
    view.x -= (left.checked ? -dx : dx) * step;
    view.y -= dy * step;
    paint();
  };
  canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
  canvas.onpointermove = (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(event.movementX, event.movementY);
  };
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: [8, 0], ArrowRight: [-8, 0], ArrowUp: [0, 8], ArrowDown: [0, -8] }[event.key];
    if (!step) return;
    event.preventDefault();
    move(...step);
  };
  zoom.oninput = left.onchange = () => paint();
  const dialog = find("crop");
  dialog.returnValue = "cancel";
  dialog.showModal();
  paint();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  if (dialog.returnValue !== "ok") return null;
  const result = document.createElement("canvas");
  result.width = result.height = SIDE;
  paint(result);
  return result.toDataURL("image/png").split(",")[1];
}
