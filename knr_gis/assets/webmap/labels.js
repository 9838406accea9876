// Names on the map and the outline of what was clicked, on one canvas above all layers.

const LABEL_FONT = '12px "knr", "BIZ UDPGothic", "Meiryo", sans-serif';
const AREA_FONT = '700 13px "knr", "BIZ UDPGothic", "Meiryo", sans-serif';
const FEW_LABELS = 40; // so many are written at any zoom, more only from LABEL_ZOOM on
const LABEL_ZOOM = 11;

/** Every label of a layer with its place; areas are written in bold, centred. */
function labelsOf(layer) {
  const isArea = layer.blocks.some((block) => block.kind === 'polygon');
  const sources = layer.labels;
  return sources.text.map((text, i) => ({
    text, isArea, row: sources.rows[i], x: worldX(sources.xy[i][0]), y: worldY(sources.xy[i][1]), few: sources.text.length <= FEW_LABELS,
  }));
}

function overlaps(boxes, box) {
  return boxes.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
}

/** Write the labels: municipalities first, then topmost layer first, each only where it covers no other. */
function paintLabels(layers, context, view) {
  const written = [];
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  const order = [...layers].reverse();
  for (const layer of [...order.filter((one) => one.backdrop), ...order.filter((one) => !one.backdrop)]) {
    for (const label of layer.labelList) {
      if (!layer.picture && !(layer.on && layer.on[label.row])) continue;
      if (label.few || view.zoom >= LABEL_ZOOM) writeLabel(label, layer, context, view, written);
    }
  }
}

function writeLabel(label, layer, context, view, written) {
  const x = label.x * view.scale - view.left, y = label.y * view.scale - view.top, bounds = view.bounds;
  if (x < bounds.min.x || x > bounds.max.x || y < bounds.min.y || y > bounds.max.y) return;
  context.font = label.isArea ? AREA_FONT : LABEL_FONT;
  context.textAlign = label.isArea ? 'center' : 'left';
  const width = label.width = label.width || context.measureText(label.text).width;
  const gap = radiusAt(layer.style.radius, view.zoom) + 4;
  const left = label.isArea ? x - width / 2 : x + gap;
  const box = [left - 2, y - 8, left + width + 2, y + 8];
  if (overlaps(written, box)) return;
  written.push(box);
  context.lineWidth = 3.5;
  context.strokeStyle = 'rgba(255, 255, 255, 0.9)';
  context.strokeText(label.text, label.isArea ? x : left, y);
  context.fillStyle = label.isArea ? '#33414e' : '#111a22';
  context.fillText(label.text, label.isArea ? x : left, y);
}

/** Outline the clicked feature so that one sees what the text is about. */
function paintChosen(chosen, context, view) {
  if (!chosen) return;
  const {layer, shape, f} = chosen;
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.beginPath();
  if (shape.kind === 'point') {
    const i = shape.ring[shape.feature[f]];
    context.arc(shape.x[i] * view.scale - view.left, shape.y[i] * view.scale - view.top,
      radiusAt(layer.style.radius, view.zoom) + 5, 0, 2 * Math.PI);
  } else {
    trace(context, shape, f, view);
  }
  for (const [width, color] of [[5, 'rgba(255, 255, 255, 0.9)'], [2.2, '#0b3d91']]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.stroke();
  }
}
