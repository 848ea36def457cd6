import { layOut } from '../../widgets/curve';

it('draws a line through finite points', () => {
  expect(
    layOut([
      [0, 0],
      [1, 1]
    ])
  ).toEqual({ path: 'M2 16L70 2', dots: [] });
});

it('leaves gaps at NaN and infinities, and dots for lone points', () => {
  const { path, dots } = layOut([
    [0, 0],
    [1, 1],
    [2, NaN],
    [3, 1],
    [4, Infinity],
    [5, 0],
    [6, 1]
  ]);
  expect(path.match(/M/g)).toHaveLength(2);
  expect(dots).toEqual([[36, 2]]);
});

it.each([
  ['nothing', []],
  [
    'only NaN',
    [
      [0, NaN],
      [1, NaN]
    ]
  ]
])('draws %s as nothing', (_, points) => {
  expect(layOut(points as [number, number][])).toEqual({ path: '', dots: [] });
});

it('stays in the box for constants, one step and huge values', () => {
  for (const points of [
    [
      [0, 5],
      [1, 5]
    ],
    [
      [3, 1],
      [3, 2]
    ],
    [
      [0, -1.7e308],
      [1, 1.7e308]
    ]
  ] as [number, number][][]) {
    const numbers =
      layOut(points)
        .path.match(/[\d.]+/g)
        ?.map(Number) ?? [];
    expect(numbers.length).toBe(4);
    numbers.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(i % 2 ? 18 : 72);
    });
  }
});
