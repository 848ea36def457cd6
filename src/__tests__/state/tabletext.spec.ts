import { asMarkdown, asTsv } from '../../state/tabletext';

const table = {
  header: ['Run', 'a|b'],
  isNumber: [false, true],
  rows: [
    ['x\ty\nz', '-0.5'],
    ['=HYPERLINK("evil")', '-Infinity'],
    ['-cmd', '1e-7'],
    ['<b>*_`$', '']
  ]
};

it('copies tab-separated values that no spreadsheet takes for formulas', () => {
  expect(asTsv(table).split('\n')).toEqual([
    'Run\ta|b',
    'x y z\t-0.5',
    '\'=HYPERLINK("evil")\t-Infinity',
    "'-cmd\t1e-7",
    '<b>*_`$\t'
  ]);
});

it('copies Markdown in which text is text', () => {
  expect(asMarkdown(table).split('\n')).toEqual([
    '| Run | a\\|b |',
    '| --- | ---: |',
    '| x y z | -0.5 |',
    '| =HYPERLINK("evil") | -Infinity |',
    '| -cmd | 1e-7 |',
    '| \\<b\\>\\*\\_\\`\\$ |  |'
  ]);
});
