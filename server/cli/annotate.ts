/** `rectiscope note`, `tag`, `star` and `rename`: what a user adds to a run. */
import { Command } from 'commander';
import { withServer } from '../client/with-server.ts';
import { labelProblem } from '../protocol/label.ts';
import { Annotate, type Annotation, type RunSummary, Show } from '../protocol/requests.ts';
import { TaskError } from '../tasks/task-error.ts';
import { print, printJson } from './output.ts';
import { marks } from './train.ts';

interface Options {
  readonly json?: boolean;
  readonly remove?: boolean;
  readonly off?: boolean;
}

const command = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<run>', 'id, prefix of an id, or name')
    .option('--json', 'the run as one JSON line');

/** Write it down and say what the run is like now. */
async function annotate(run: string, json: boolean, change: (now: RunSummary) => Annotation): Promise<void> {
  await withServer(async (client) => {
    const { summary: now } = await client.request(Show, { run });
    const summary = await client.request(Annotate, { run: now.run, ...change(now) });
    if (json) printJson(summary);
    else
      print(
        [`${summary.name} (${summary.run})`, marks(summary), summary.note].filter((part) => part !== '').join(': '),
      );
  });
}

function refuseLabel(what: string, text: string): void {
  const problem = labelProblem(text);
  if (problem !== undefined) throw new TaskError('badInput', `A ${what} ${problem}.`);
}

/** `rectiscope note RUN TEXT` */
export const noteCommand = (): Command =>
  command('note', 'Write a note on a run, replacing any earlier one; an empty text removes it.')
    .argument('<text...>')
    .action((run: string, words: string[], { json = false }: Options) =>
      annotate(run, json, () => ({ note: words.join(' ') })),
    );

/** `rectiscope tag RUN TAG…` */
export const tagCommand = (): Command =>
  command('tag', 'Add tags to a run.')
    .argument('<tag...>')
    .option('--remove', 'remove these tags')
    .action((run: string, tags: string[], { json = false, remove = false }: Options) => {
      for (const tag of tags) refuseLabel('tag', tag);
      const named = tags.map((tag) => tag.trim());
      return annotate(run, json, (now) => ({
        tags: remove ? now.tags.filter((tag) => !named.includes(tag)) : [...now.tags, ...named],
      }));
    });

/** `rectiscope star RUN` */
export const starCommand = (): Command =>
  command('star', 'Star a run.')
    .option('--off', 'remove the star')
    .action((run: string, { json = false, off = false }: Options) => annotate(run, json, () => ({ starred: !off })));

/** `rectiscope rename RUN NAME` */
export const renameCommand = (): Command =>
  command('rename', 'Rename a run; the run file is not changed.')
    .argument('<name>')
    .action((run: string, name: string, { json = false }: Options) => {
      refuseLabel('name', name);
      return annotate(run, json, () => ({ name }));
    });
