import { nullTranslator } from '@jupyterlab/translation';
import {
  exactNumber,
  formatAge,
  formatBytes,
  formatDuration,
  formatNumber,
  oneLine
} from '../format';

const trans = nullTranslator.load('jupyter_mlflow_explorer');

it.each([
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [0.5, '0.5'],
  [0.123456789, '0.1235'],
  [1234.5678, '1234.6'],
  [12345, '12345'],
  [0.00001234, '1.234e-5'],
  [1e300, '1e+300'],
  [-1500000, '-1.5e+6'],
  [100, '100'],
  [NaN, 'NaN'],
  [Infinity, '∞'],
  [-Infinity, '-∞']
])('shows %p as %j', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

it.each([
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
  [0.1, '0.1']
])('writes %p in full as %j', (value, text) => {
  expect(exactNumber(value)).toBe(text);
});

it.each([
  [0, '0 s'],
  [-5, '0 s'],
  [321, '0.3 s'],
  [12_000, '12 s'],
  [200_000, '3 min 20 s'],
  [120_000, '2 min'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h']
])('shows %p ms as %j', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  [0, 'now'],
  [-1000, 'now'],
  [5 * 60_000, '5 min'],
  [3 * 3_600_000, '3 h'],
  [48 * 3_600_000, '2 d'],
  [120 * 86_400_000, '4 mo'],
  [800 * 86_400_000, '2 y']
])('shows an age of %p ms as %j', (ms, text) => {
  expect(formatAge(1_000_000_000_000 - ms, 1_000_000_000_000, trans)).toBe(
    text
  );
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [999_960, '1 MB'],
  [20_000_000, '20 MB'],
  [1_073_741_824, '1.1 GB']
])('shows %p bytes as %j', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it('puts hostile text on one line and cuts it', () => {
  expect(oneLine('a\nb\r\n\u0000c\u2028d')).toBe('a b c d');
  expect(oneLine('x'.repeat(300), 10)).toBe('xxxxxxxxx…');
  expect(oneLine('<img onerror=x>')).toBe('<img onerror=x>');
});
