/** A runs table as text for other programs: tab-separated, and Markdown. Pure. */

/** Cells as text, the header first; `isNumber` tells which columns stand on the right. */
export interface ITextTable {
  readonly header: readonly string[];
  readonly isNumber: readonly boolean[];
  readonly rows: readonly (readonly string[])[];
}

/** A spreadsheet takes these for a formula, which may start programs; numbers are harmless. */
const FORMULA = /^[=+\-@]/;

/** Tab-separated values, as spreadsheets paste them. */
export function asTsv(table: ITextTable): string {
  return [table.header, ...table.rows]
    .map(row => row.map(tsvCell).join('\t'))
    .join('\n');
}

function tsvCell(text: string): string {
  const flat = text.replace(/[\t\r\n\u2028\u2029]+/g, ' ');
  const isFormula =
    FORMULA.test(flat) &&
    Number.isNaN(Number(flat)) &&
    flat !== '-Infinity' &&
    flat !== '-';
  return isFormula ? `'${flat}` : flat;
}

/** A table of GitHub's Markdown. */
export function asMarkdown(table: ITextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(table.header.map(markdownCell)),
    line(table.isNumber.map(isNumber => (isNumber ? '---:' : '---'))),
    ...table.rows.map(row => line(row.map(markdownCell)))
  ].join('\n');
}

function markdownCell(text: string): string {
  return text
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\\`*_[\]<>|~&#!$]/g, mark => `\\${mark}`);
}
