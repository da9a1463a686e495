/** What somebody pasted, one by one: by lines, commas or spaces. */
export function linesOf(text = ''): string[] {
  return text.split(/[\s,;]+/).filter((line) => line !== '');
}
