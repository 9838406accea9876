// The map on the screen, or two of them side by side: panes and canvases of each.

const PANE_BELOW = 400; // Leaflet's own overlay pane

/** Decode a layer, the first time it is needed. */
function prepare(state, layer) {
  if (layer.shapes) return;
  layer.shapes = layer.blocks.map(unpack);
  refreshSwitches(state, layer);
}

/** Make the canvases of a map: the land below, the labels above; layers follow as they are shown. */
function addScreen(state, map, side) {
  const screen = {map, side, canvases: new Map()};
  state.screens.push(screen);
  addLand(state, screen);
  addLabels(state, screen);
  return screen;
}

function canvasPane(map, name, order) {
  const node = map.getPane(name) || map.createPane(name);
  node.style.zIndex = order;
  node.style.pointerEvents = 'none'; // clicks belong to the map, which asks all layers
  return name;
}

/** The land in a pane of its own below all layers, whichever of them are on. */
function addLand(state, screen) {
  const layer = backdropOf(state);
  if (!layer) return;
  prepare(state, layer);
  const pane = canvasPane(screen.map, 'knr-land', PANE_BELOW);
  screen.land = new LayerCanvas((context, view) => paintLand(layer, state, context, view), {pane, padding: 0.15});
  screen.land.addTo(screen.map);
}

/** The layer that shows what is land: the first boundary layer with areas. */
function backdropOf(state) {
  return state.layers.find((one) => one.backdrop && one.blocks.some((block) => block.kind === 'polygon'));
}

function addLabels(state, screen) {
  const pane = canvasPane(screen.map, 'knr-labels', 640);
  screen.overlay = new LayerCanvas((context, view) => {
    paintChosen(state.chosen, context, view);
    paintLabels(shownOn(state, screen), context, view);
  }, {pane, padding: 0.15});
  screen.overlay.addTo(screen.map);
  for (const font of [LABEL_FONT, AREA_FONT]) document.fonts.load(font, '釧路').then(() => screen.overlay.redraw());
}

/** A layer of one scenario is shown where that scenario is; the others everywhere. */
function isOn(layer, screen) {
  return layer.visible && (!layer.side || layer.side === screen.side);
}

function shownOn(state, screen) {
  return state.layers.filter((layer) => isOn(layer, screen));
}

/** Make the canvases of every map follow what is switched on. */
function showLayer(state, layer) {
  for (const screen of state.screens) {
    const canvas = screen.canvases.get(layer.id);
    if (!isOn(layer, screen)) {
      if (canvas) canvas.remove();
      continue;
    }
    prepare(state, layer);
    if (!canvas) screen.canvases.set(layer.id, layerCanvas(state, screen, layer));
    screen.canvases.get(layer.id).addTo(screen.map);
    fade(layer, screen);
  }
}

function layerCanvas(state, screen, layer) {
  const pane = canvasPane(screen.map, 'knr-' + layer.number, PANE_BELOW + layer.number);
  if (layer.picture) return pictureLayer(layer, pane);
  return new LayerCanvas((context, view) => paintLayer(layer, state, context, view), {pane, padding: 0.15});
}

/** A layer that is one picture: west, south, east, north. */
function pictureLayer(layer, pane) {
  const [west, south, east, north] = layer.picture.box;
  return L.imageOverlay(layer.picture.uri, [[south, west], [north, east]], {pane, className: 'knr-picture'});
}

/** How strongly a layer is drawn is the reader's choice; a picture has its style's own as well. */
function fade(layer, screen) {
  const canvas = screen.canvases.get(layer.id);
  if (!canvas) return;
  if (layer.picture) canvas.setOpacity(layer.style.opacity * layer.strength);
  else if (canvas._container) canvas._container.style.opacity = layer.strength;
}

function setStrength(state, layer, strength) {
  layer.strength = strength;
  for (const screen of state.screens) fade(layer, screen);
}

function redrawLabels(state) {
  for (const screen of state.screens) screen.overlay.redraw();
}

function redrawLayer(state, layer) {
  for (const screen of state.screens) {
    const canvas = screen.canvases.get(layer.id);
    if (canvas && canvas.redraw && !layer.picture) canvas.redraw();
  }
}

/** Where a layer lies, in pixels of zoom 0, or null. */
function layerBox(state, layer) {
  if (layer.picture) {
    const [west, south, east, north] = layer.picture.box;
    return [worldX(west), worldY(north), worldX(east), worldY(south)];
  }
  prepare(state, layer);
  return extent(layer.shapes);
}
