// Rotates points and renders them with depth; x right, y down, z away from the eye.

/** Rz(roll) Rx(pitch) Ry(yaw) in degrees, as in view_rotation.py. */
export function rotationOf({ yaw, pitch, roll }) {
  const [y, p, r] = [yaw, pitch, roll].map((angle) => (angle * Math.PI) / 180);
  const [cy, sy, cp, sp] = [Math.cos(y), Math.sin(y), Math.cos(p), Math.sin(p)];
  const [cr, sr] = [Math.cos(r), Math.sin(r)];
  const aboutY = [[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]];
  const aboutX = [[1, 0, 0], [0, cp, -sp], [0, sp, cp]];
  const aboutZ = [[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]];
  return product(aboutZ, product(aboutX, aboutY));
}

function product(a, b) {
  return a.map((row) => [0, 1, 2].map((k) => row.reduce((sum, v, i) => sum + v * b[i][k], 0)));
}

function rotated(points, rotation) {
  return points.map((p) => rotation.map((row) => row[0] * p[0] + row[1] * p[1] + row[2] * p[2]));
}

/** Points around their centre, and the radius of the ball that holds most of them. */
export function centered(points, around = null) {
  const centre = around ?? [0, 1, 2].map((k) => points.reduce((s, p) => s + p[k], 0) / points.length);
  const moved = points.map((p) => p.map((v, k) => v - centre[k]));
  const lengths = moved.map((p) => Math.hypot(...p)).sort((a, b) => a - b);
  return { points: moved, radius: lengths[Math.floor(0.97 * (lengths.length - 1))] || 1 };
}

function prepared(canvas) {
  const size = Math.max(1, Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)));
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, size, size);
  return { context, size };
}

function nearness(z, radius) {
  return Math.min(1, Math.max(0, 0.5 - z / (2 * radius)));
}

/** Latent points: near ones large and warm, far ones small and cold. */
export function renderPoints(canvas, cloud, rotation) {
  const { context, size } = prepared(canvas);
  const scale = (0.42 * size) / cloud.radius;
  const points = rotated(cloud.points, rotation).sort((a, b) => b[2] - a[2]);
  for (const [x, y, z] of points) {
    const near = nearness(z, cloud.radius);
    context.fillStyle = `hsl(${255 - 215 * near} 75% ${42 + 14 * near}% / ${0.35 + 0.6 * near})`;
    context.beginPath();
    context.arc(size / 2 + x * scale, size / 2 + y * scale, size * (0.006 + 0.011 * near), 0, 7);
    context.fill();
  }
}

/** Bones from far to near, far ones thin and pale. */
export function renderSkeleton(canvas, hand, rotation, edges, colors) {
  const { context, size } = prepared(canvas);
  const scale = (0.4 * size) / hand.radius;
  const joints = rotated(hand.points, rotation);
  const at = (j) => [size / 2 + joints[j][0] * scale, size / 2 + joints[j][1] * scale];
  const depth = ([a, b]) => joints[a][2] + joints[b][2];
  context.lineCap = "round";
  for (const edge of [...edges].sort((a, b) => depth(b) - depth(a))) {
    const near = nearness(depth(edge) / 2, hand.radius);
    const color = colors[edge[1]].join(" ");
    context.strokeStyle = context.fillStyle = `rgb(${color} / ${0.45 + 0.55 * near})`;
    context.lineWidth = size * (0.009 + 0.012 * near);
    context.beginPath();
    context.moveTo(...at(edge[0]));
    context.lineTo(...at(edge[1]));
    context.stroke();
    context.beginPath();
    context.arc(...at(edge[1]), context.lineWidth * 0.85, 0, 7);
    context.fill();
  }
}
