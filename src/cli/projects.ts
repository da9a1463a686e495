import { projectOut } from '../http/manage/schema/projects.ts';
import { listOf } from '../http/manage/schema/fields.ts';
import { parsed, type Api } from './api.ts';
import { CommandError, EXIT, usageError } from './exit.ts';
import { printable } from './width.ts';

const projectList = listOf(projectOut, 'Projects.');

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The id of the project meant: by id, by its exact name, or the only one there is. */
export async function chooseProject(api: Api, asked: string | undefined): Promise<string> {
  if (asked !== undefined && /^prj_[0-9A-Za-z]{22}$/.test(asked)) return asked;
  if (asked === undefined) {
    const projects = await readProjects(api, 6, () => true);
    const [only, second] = projects;
    if (!only)
      throw new CommandError(EXIT.failed, 'This key sees no project. Create one first (POST /api/v1/projects).');
    if (second) throw usageError(`There are several projects, so say which one with --project: ${listed(projects)}.`);
    return only.id;
  }
  const matches = await readProjects(api, 6, ({ name }) => name === asked);
  const [match, second] = matches;
  if (!match)
    throw new CommandError(
      EXIT.failed,
      `There is no project called ${printable(asked)} here. Give its exact name or its id.`,
    );
  if (second) throw usageError(`Several projects have this name. Give an id: ${listed(matches)}.`);
  return match.id;
}

function listed(projects: readonly Named[]): string {
  const [first, ...rest] = projects.slice(0, 5).map(({ id, name }) => `${printable(name)} (${id})`);
  return [first, ...rest, ...(projects.length > 5 ? ['…'] : [])].join(', ');
}

async function readProjects(api: Api, most: number, wanted: (project: Named) => boolean): Promise<Named[]> {
  const found: Named[] = [];
  let cursor: string | undefined;
  do {
    const answer = await api.call({ path: '/projects', query: { limit: 200, cursor } });
    const page = parsed(projectList, answer);
    found.push(...page.data.filter(wanted));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found.length < most);
  return found;
}
