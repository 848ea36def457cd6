import { chooseOpening, looksLikeText } from '../../drive/choice';

const bytes = (...values: number[]) => new Uint8Array(values).buffer;
const text = (value: string) => new TextEncoder().encode(value).buffer;
const known = {
  sizeBytes: 10,
  limitBytes: 100,
  isKnown: true,
  isStreamed: false
};
const never = () => Promise.reject(new Error('not to be read'));

it('opens what JupyterLab knows without reading it', async () => {
  expect(await chooseOpening(known, never)).toBe('viewer');
  expect(await chooseOpening({ ...known, sizeBytes: 101 }, never)).toBe(
    'large'
  );
});

it('streams audio and video of any size', async () => {
  const video = { ...known, sizeBytes: 1e12, isStreamed: true };
  expect(await chooseOpening(video, never)).toBe('viewer');
});

it('asks for the size where the listing did not say', async () => {
  const head = () => Promise.resolve({ bytes: text('a'), sizeBytes: 500 });
  expect(await chooseOpening({ ...known, sizeBytes: null }, head)).toBe(
    'large'
  );
});

it('looks into unknown types', async () => {
  const unknown = { ...known, isKnown: false };
  const head = (start: ArrayBuffer, sizeBytes: number | null) => () =>
    Promise.resolve({ bytes: start, sizeBytes });
  expect(await chooseOpening(unknown, head(text('hé'), 3))).toBe('text');
  expect(await chooseOpening(unknown, head(bytes(0, 1), 2))).toBe('binary');
  expect(await chooseOpening(unknown, head(bytes(), 0))).toBe('text');
  expect(
    await chooseOpening({ ...unknown, sizeBytes: 1e9 }, head(bytes(0), 1e9))
  ).toBe('binary');
  expect(
    await chooseOpening({ ...unknown, sizeBytes: 1e9 }, head(text('a'), 1e9))
  ).toBe('large');
});

it('rejects where the file cannot be read', async () => {
  await expect(
    chooseOpening({ ...known, isKnown: false }, never)
  ).rejects.toThrow('not to be read');
});

it.each([
  [text(''), true],
  [text('é 😀\n\t\r\f'), true],
  [text('\u001b[31mred'), true],
  [text('é').slice(0, 1), true],
  [bytes(0x80, 0x03, 0x7d), false],
  [bytes(0x93, 0x4e, 0x55), false],
  [bytes(0x61, 0x00), false]
])('tells text from the rest (%#)', (value, isText) => {
  expect(looksLikeText(value as ArrayBuffer)).toBe(isText);
});
