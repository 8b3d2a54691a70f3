// Saves the joints and the images of what is on the page.

import { element, find, tell } from "./page.js";
import { ask } from "./server.js";

const SIDE = 512, GAP = 8, TITLE = 28, NOTHING = "There is nothing to save yet; choose a hand first.";

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** `current` returns the hand on the page and its rows. */
export function listenToDownloads(current) {
  for (const format of ["json", "csv"]) {
    find(`save-${format}`).onclick = async () => {
      try {
        if (!current().hand) throw new Error(NOTHING);
        const { name, text } = await ask("keypoints", { image: current().hand.image, format });
        save(name, new Blob([text], { type: format === "json" ? "application/json" : "text/csv" }));
      } catch (error) { tell(error); }
    };
  }
  find("save-images").onclick = async () => {
    try {
      if (!current().hand) throw new Error(NOTHING);
      save("hand.png", await panels(current().rows));
    } catch (error) { tell(error); }
  };
}

/** All panels of all models as one image, titles above. */
async function panels(rows) {
  const cells = rows.map((row) => [[`${row.model.name}: input`, row.input],
    ...(row.model.views ? [["novel view", row.view]] : []),
    ...(row.model.pose ? [["3D skeleton", row.bones]] : []),
    ...(row.model.views ? [["latent points", row.points]] : [])]);
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
  canvas.width = Math.max(...cells.map((row) => row.length)) * (SIDE + GAP) + GAP;
  canvas.height = cells.length * (SIDE + TITLE + GAP);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.font = "16px system-ui, sans-serif";
  cells.forEach((row, i) => row.forEach(([title, panel], k) => {
    const x = GAP + k * (SIDE + GAP), y = i * (SIDE + TITLE + GAP);
    context.fillStyle = "#333";
    context.fillText(title, x, y + TITLE - 8);
    context.drawImage(panel, x, y + TITLE, SIDE, SIDE);
  }));
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
