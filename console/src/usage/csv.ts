/** Text for spreadsheets (RFC 4180). */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** Spreadsheets drop blanks and what cannot be seen before they look; a tab or an end of line can begin a cell of its own. */
const FORMULA = /^[\s\p{C}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** Where cells are apart by semicolons, as in much of Europe, what follows one begins a cell, quoted or not. */
const INNER = /;(?=[\s\p{C}]*[=+\-@＝＋－＠])/gu;

/** What a spreadsheet would take for a formula, in full width and behind blanks too, begins with an apostrophe. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = (FORMULA.test(value) ? `'${value}` : value).replaceAll(INNER, ";'");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
