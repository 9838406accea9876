// <knr-frame address="..." name="...">: a product in a frame that opens once it has a size.
// A map that opens without one cannot fit its view; and a frame that is moved opens again.
class KnrFrame extends HTMLElement {
  connectedCallback() {
    this.watch = new ResizeObserver(() => this.open());
    this.watch.observe(this);
  }

  disconnectedCallback() {
    this.watch.disconnect();
    this.replaceChildren();
  }

  open() {
    if (!this.clientWidth || !this.clientHeight || this.firstChild) return;
    const frame = document.createElement('iframe');
    frame.title = this.getAttribute('name');
    frame.setAttribute('sandbox', 'allow-scripts allow-popups allow-downloads');
    frame.src = this.getAttribute('address');
    this.append(frame);
  }
}
customElements.define('knr-frame', KnrFrame);
