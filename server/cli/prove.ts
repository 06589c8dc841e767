import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { LastingClient } from '../client/lasting-client.ts';
import { formatLoss, formatNumber, formatPercent } from '../domain/numbers/format.ts';
import { ruleIds } from '../domain/rules/rule-ids.ts';
import { proofText } from '../figures/proof-text.ts';
import type { ProofEvent } from '../protocol/events.ts';
import { Prove, type Proving, type RunSnapshot, Show } from '../protocol/requests.ts';
import { withServer } from './client.ts';
import { measures } from './compare.ts';
import { follow } from './follow.ts';
import { CommandError, Exit, print, printJson, say, table } from './output.ts';
import { readText } from './run-files.ts';

/** Have the server make the pair: a file's, or where there is no such file, a run's. */
export function beginProof(client: LastingClient, target: string, rule: string | undefined): Promise<Proving> {
  const which = rule === undefined ? {} : { rule };
  if (!existsSync(target)) return client.request(Prove, { run: target, ...which });
  const subject = { file: resolve(target), text: readText(target), backend: 'auto', device: 'auto' } as const;
  return client.request(Prove, { ...subject, ...which });
}

/** The proof as it is now: its runs have ended, and the server judges before it tells that. */
function latest({ proofs }: RunSnapshot, { fixed }: ProofEvent): ProofEvent {
  const proof = proofs.find((one) => one.fixed === fixed);
  if (!proof)
    throw new CommandError(Exit.unexpected, 'Another proof of the same rule was begun: `rectiscope show` has it.');
  return proof;
}

/** `rectiscope prove FILE|RUN` */
export function proveCommand(): Command {
  return new Command('prove')
    .description('Trains a file and its fixed copy, same seed and data order, and says what the fix is worth.')
    .argument('<file-or-run>', 'of a run only the fixed copy is trained')
    .addOption(new Option('--rule <id>', 'the fix of this rule').choices(ruleIds))
    .option('--json', 'one JSON object at the end')
    .action(async (target: string, { rule, json = false }: { rule?: string; json?: boolean }) =>
      withServer(async (client) => {
        const { proof: begun, runs } = await beginProof(client, target, rule);
        const titles = begun.fixes.map((fix) => `${fix.rule}: ${fix.title}`);
        for (const title of titles) say(title);
        // A run that somebody else trains goes on.
        const stops = existsSync(target) ? runs.map(({ run }) => run) : [begun.fixed];
        const exit = await follow(client, runs, { json: false, fromStart: false, quiet: json, stops });
        const snapshots = await Promise.all(runs.map(({ run }) => client.request(Show, { run })));
        const proof = latest(snapshots[0] as RunSnapshot, begun);
        if (exit === Exit.interrupted) process.exitCode = exit;
        else if (proof.state !== 'decided') process.exitCode = Exit.unexpected;
        const compared = snapshots.map(measures);
        if (json) return printJson({ fixes: titles, runs: compared, verdict: proof.verdict, proof });
        print();
        print(
          table([
            ['', ...compared.map(({ name }) => name)],
            ['state', ...compared.map(({ state }) => state)],
            ['top-1 error', ...compared.map(({ top1 }) => formatPercent(top1))],
            ['loss, last step', ...compared.map(({ last_loss }) => formatLoss(last_loss ?? Number.NaN))],
            [
              'gradient per weight, step 5',
              ...compared.map((run) => formatNumber(run.gradient_per_weight ?? Number.NaN)),
            ],
            ['findings', ...compared.map(({ findings }) => findings.join(', ') || 'none')],
          ]),
        );
        print(`\n${proofText(proof)}`);
        return undefined;
      }),
    );
}
