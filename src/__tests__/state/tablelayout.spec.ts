import {
  EMPTY_LAYOUT,
  isSortable,
  moved,
  nextOrder,
  offeredColumns,
  resized,
  restoredLayout,
  sortOf,
  usualColumns,
  widthOf
} from '../../state/tablelayout';

const known = {
  params: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  metrics: ['loss', 'auroc', 'm1', 'm2', 'm3', 'm4', 'm5', 'system/cpu'],
  tags: ['t']
};

it('shows times, the metric of choice, five other metrics and five params', () => {
  expect(usualColumns(known, 'm4')).toEqual([
    'attributes.start_time',
    'attributes.duration',
    'metrics.m4',
    'metrics.loss',
    'metrics.auroc',
    'metrics.m1',
    'metrics.m2',
    'metrics.m3',
    ...['a', 'b', 'c', 'd', 'e'].map(key => `params.${key}`)
  ]);
  expect(usualColumns(known, 'of another experiment')[2]).toBe('metrics.auroc');
  expect(usualColumns(undefined, null)).toHaveLength(2);
  expect(offeredColumns(known)).toContain('tags.t');
});

it('sorts in three states, the best or newest first', () => {
  const clicks = (column: string, direction: 'higher' | 'lower'): string[] => {
    const orders = [''];
    for (let i = 0; i < 3; i++) {
      orders.push(nextOrder(orders[i], column, direction));
    }
    return orders.slice(1);
  };
  expect(clicks('metrics.a b', 'higher')).toEqual([
    'metrics.`a b` DESC',
    'metrics.`a b` ASC',
    ''
  ]);
  expect(clicks('metrics.loss', 'lower')[0]).toBe('metrics.loss ASC');
  expect(clicks('params.p', 'higher')[0]).toBe('params.p ASC');
  expect(clicks('attributes.start_time', 'higher')[0]).toMatch(/DESC$/);
  expect(nextOrder('metrics.other ASC', 'params.p', 'higher')).toBe(
    'params.p ASC'
  );
  expect(sortOf('metrics.`a b` DESC', 'metrics.a b')).toBe('DESC');
  expect(sortOf('metrics.`a b` DESC', 'metrics.a')).toBeNull();
  expect(isSortable('attributes.duration')).toBe(false);
});

it.each([
  ['a', 'c', 'bcad'],
  ['d', 'a', 'dabc'],
  ['c', 'b', 'acbd'],
  ['x', 'a', 'abcd']
])('moves %s into the place of %s', (column, target, result) => {
  expect(moved([...'abcd'], column, target).join('')).toBe(result);
});

it('keeps widths within limits, and takes them back', () => {
  const wide = resized(EMPTY_LAYOUT, 'metrics.a', 5000);
  expect(widthOf(wide, 'metrics.a')).toBe(800);
  expect(widthOf(resized(wide, 'metrics.a', 3), 'metrics.a')).toBe(56);
  expect(resized(wide, 'metrics.a', null).widths).toEqual({});
});

it.each([null, undefined, 7, 'x', [], { columns: 'x', widths: 3, pinned: {} }])(
  'takes no harm from what is saved: %p',
  saved => {
    expect(restoredLayout(saved)).toEqual(EMPTY_LAYOUT);
  }
);

it('restores what makes sense and leaves out the rest', () => {
  const layout = restoredLayout({
    columns: ['metrics.a', 'nonsense', 3, 'metrics.a', 'attributes.run_name'],
    widths: { 'metrics.a': 90, 'metrics.b': -1, 'metrics.c': 'x' },
    pinned: ['metrics.a'],
    hideEmpty: true,
    onlyDiffering: 'yes',
    directions: { a: 'lower', b: 'sideways' },
    order: 'metrics.a ASC'
  });
  expect(layout).toEqual({
    columns: ['metrics.a'],
    widths: { 'metrics.a': 90 },
    pinned: ['metrics.a'],
    hideEmpty: true,
    onlyDiffering: false,
    directions: { a: 'lower' },
    order: 'metrics.a ASC'
  });
  expect(restoredLayout(JSON.parse(JSON.stringify(layout)))).toEqual(layout);
});
