import type { Argument, Command, Option } from 'commander';
import { DEFAULT_COLUMNS, type Context } from './context.ts';
import { EXIT_MEANINGS, PROBLEM_CODES } from './exit.ts';
import { createProgram } from './program.ts';

/** docs/reference/cli.md, made of the program itself. test/cli/reference.test.ts fails while they differ. */
export function commandReference(): string {
  const program = createProgram(NOWHERE, () => undefined);
  const commands = leaves(program);
  return `# The command line

Made from the program itself. How to use it: [the guide](../guide/command-line.md).

\`\`\`
keyward [global options] <command> [options]
\`\`\`

${commands.map((command) => `- [\`${pathOf(command)}\`](#${pathOf(command).replaceAll(' ', '-')}): ${command.description()}`).join('\n')}

## Global options

They may stand anywhere in the line.

${optionTable(program.options)}

The management key is never an argument: those end up in the shell’s history and in the list of processes. It comes from \`--key-file\`, else from \`KEYWARD_MANAGEMENT_KEY\`, else from \`KEYWARD_ROOT_KEY\`. All [settings](settings.md) in the environment are checked first, as the server does.

## Exit codes

| code | meaning |
|---|---|
${Object.entries(EXIT_MEANINGS)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join('\n')}

With \`--json\`, what went wrong is one problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) on stderr: the server’s own, or one with the code \`${Object.values(PROBLEM_CODES).join('`, `')}\` that the command made.

${commands.map(section).join('\n\n')}
`;
}

/** The commands that do something, in order. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function section(command: Command): string {
  const words = [pathOf(command), ...command.registeredArguments.map((argument) => `<${argument.name()}>`)];
  return [
    `## ${pathOf(command)}`,
    command.description(),
    `\`\`\`\n${[...words, ...(command.options.length > 0 ? ['[options]'] : [])].join(' ')}\n\`\`\``,
    command.registeredArguments.length > 0 ? rows('argument', command.registeredArguments.map(argumentRow)) : '',
    command.options.length > 0 ? optionTable(command.options) : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function argumentRow(argument: Argument): string {
  return `| \`${argument.name()}\` | ${cell(argument.description)} |`;
}

function optionTable(options: readonly Option[]): string {
  return rows(
    'option',
    options.map(({ flags, description, argChoices, defaultValue }) => {
      const choices = argChoices ? ` One of ${argChoices.map((choice) => `\`${choice}\``).join(', ')}.` : '';
      const standard = defaultValue === undefined ? '' : ` Default: ${String(defaultValue)}.`;
      return `| \`${flags}\` | ${cell(`${description}.${choices}${standard}`.replace('..', '.'))} |`;
    }),
  );
}

function rows(title: string, lines: readonly string[]): string {
  return `| ${title} | meaning |\n|---|---|\n${lines.join('\n')}`;
}

function cell(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replaceAll('|', String.raw`\|`);
}

/** Nothing is run: only the descriptions are read. */
const NOWHERE: Context = {
  environment: {},
  terminal: {
    out: () => undefined,
    err: () => undefined,
    columns: DEFAULT_COLUMNS,
    colour: false,
    interactive: false,
    ask: () => Promise.resolve(null),
    readInput: () => Promise.resolve(''),
  },
  clock: () => 0,
  version: '',
  nodeVersion: '',
  serve: () => Promise.resolve(),
};
