/** What jsdom lacks and the virtualised lists need: sizes. */

/** Give every element a size, so that lists draw rows. */
export function giveSizes(height = 400, width = 300): void {
  for (const [name, value] of [
    ['offsetHeight', height],
    ['offsetWidth', width],
    ['clientHeight', height],
    ['clientWidth', width]
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => value
    });
  }
  HTMLElement.prototype.scrollTo = () => undefined;
  if (!('ResizeObserver' in globalThis)) {
    Object.defineProperty(globalThis, 'ResizeObserver', {
      configurable: true,
      value: class {
        observe(): void {}
        unobserve(): void {}
        disconnect(): void {}
      }
    });
  }
}
