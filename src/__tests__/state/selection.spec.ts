import { Selection } from '../../state/selection';

const list = ['a', 'b', 'c', 'd', 'e'];

it('extends from the anchor in both directions and shrinks again', () => {
  const start = new Selection().only('c');
  expect(start.extend('e', list).ids).toEqual(['c', 'd', 'e']);
  expect(start.extend('e', list).extend('b', list).ids).toEqual(['b', 'c']);
});

it('adds a range to what is chosen when asked to keep it', () => {
  const chosen = new Selection().only('a').toggle('c').extend('d', list, true);
  expect(chosen.ids).toEqual(['a', 'c', 'd']);
});

it('starts anew where the anchor is not in the list', () => {
  expect(new Selection(['z'], 'z').extend('b', list).ids).toEqual(['b']);
});

it('toggles, and clears', () => {
  const chosen = new Selection().toggle('a').toggle('b').toggle('a');
  expect(chosen.ids).toEqual(['b']);
  expect(chosen.clear().size).toBe(0);
});

it('puts ids that the list lacks last', () => {
  expect(new Selection(['z', 'd', 'a']).inOrder(list)).toEqual(['a', 'd', 'z']);
});
