// The small map of the whole region with the present view, and the position under the mouse.

function showPosition(latlng) {
  document.getElementById('knr-position').textContent = latlng.lat.toFixed(5) + ', ' + latlng.lng.toFixed(5);
}

function wireOverview(state) {
  const canvas = document.getElementById('knr-overview'), layer = backdropOf(state), box = layer && layerBox(state, layer);
  showPosition(state.map.getCenter());
  state.map.on('moveend', () => showPosition(state.map.getCenter()));
  if (!box) return;
  canvas.hidden = false;
  const ratio = window.devicePixelRatio || 1, width = 150, height = 110, edge = 6;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const scale = Math.min((width - 2 * edge) / (box[2] - box[0]), (height - 2 * edge) / (box[3] - box[1]));
  const view = {
    scale, left: (box[0] + box[2]) / 2 * scale - width / 2, top: (box[1] + box[3]) / 2 * scale - height / 2, box: [-Infinity, -Infinity, Infinity, Infinity],
  };
  const land = overviewLand(layer, view, canvas.width, canvas.height, ratio);
  const paint = () => paintOverview(state, canvas, land, view, ratio);
  state.map.on('move zoomend resize', paint);
  paint();
  const move = (event) => {
    const x = (event.offsetX + view.left) / scale, y = (event.offsetY + view.top) / scale;
    state.map.panTo(latLngBounds([x, y, x, y]).getCenter(), {animate: false});
  };
  canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId); move(event); });
  canvas.addEventListener('pointermove', (event) => { if (event.buttons) move(event); });
}

function overviewLand(layer, view, width, height, ratio) {
  const land = document.createElement('canvas'), context = land.getContext('2d');
  land.width = width;
  land.height = height;
  context.scale(ratio, ratio);
  context.fillStyle = '#ffffff';
  context.strokeStyle = '#8796a5';
  context.lineWidth = 0.6;
  for (const shape of layer.shapes.filter((one) => one.kind === 'polygon')) {
    for (let f = 0; f < shape.rows.length; f++) {
      context.beginPath();
      trace(context, shape, f, view);
      context.fill('evenodd');
      context.stroke();
    }
  }
  return land;
}

function paintOverview(state, canvas, land, view, ratio) {
  const context = canvas.getContext('2d'), bounds = state.map.getBounds();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(land, 0, 0);
  context.scale(ratio, ratio);
  const left = worldX(bounds.getWest()) * view.scale - view.left, right = worldX(bounds.getEast()) * view.scale - view.left;
  const top = worldY(bounds.getNorth()) * view.scale - view.top, bottom = worldY(bounds.getSouth()) * view.scale - view.top;
  const width = Math.max(right - left, 5), height = Math.max(bottom - top, 5);
  context.strokeStyle = '#b34700';
  context.lineWidth = 2;
  context.strokeRect(left, top, width, height);
  context.fillStyle = 'rgba(28, 39, 51, 0.22)'; // what lies outside the view is dimmed
  context.beginPath();
  context.rect(0, 0, 150, 110);
  context.rect(left, top, width, height);
  context.fill('evenodd');
}
