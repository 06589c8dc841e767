/** Texts of 64 KB, the most that a run file may have, each of which is costly to parse in a way of its own. */
export function costlyTexts(): string[] {
  const fill = (piece: string): string => piece.repeat(Math.floor(65_536 / new TextEncoder().encode(piece).length));
  const costly = [
    ...[
      'a:\n',
      '[',
      '{a:',
      '- ',
      '-\n',
      '? ',
      ': ',
      '&a ',
      '*a ',
      '!a ',
      '"',
      "'",
      '\n',
      '#\n',
      '---\n',
      '...\n',
      '%a\n',
      '\r',
      '\r\n',
    ],
    ...['? a\n: b\n', '[#a\n', '\\', '>', '|', ' ', '[{', 'a: b: ', 'é', '😀', '\t', 'a,', '{a: 1}\n', '- - a\n'],
  ].map(fill);
  costly.push(
    `[${fill('1,').slice(2)}]`,
    `{${fill('a: 1, ').slice(7)}}`,
    `"${fill('a\n').slice(2)}"`,
    `|\n${fill(' a\n').slice(4)}`,
  );
  costly.push(
    Array.from({ length: 9000 }, (_, i) => `k${i}:`)
      .join('\n')
      .slice(0, 65_536),
  );
  costly.push(
    Array.from({ length: 360 }, (_, i) => `${' '.repeat(i)}a:`)
      .join('\n')
      .slice(0, 65_536),
  );
  costly.push(
    `network:\n  input: [9, 9, 1]\n  layers:\n${'    - conv: {filters: 1, kernel: 3}\n'.repeat(740)}    - dense: {units: 2}\n`,
  );
  return costly;
}
