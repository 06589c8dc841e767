import { Command, Option } from 'commander';
import { withServer } from '../client/with-server.ts';
import { formatLoss, formatNumber, formatPercent } from '../domain/numbers/format.ts';
import { ruleIds } from '../domain/rules/rule-ids.ts';
import { proofText } from '../figures/proof-text.ts';
import { type RunSnapshot, Show } from '../protocol/requests.ts';
import { measures } from '../tasks/measures.ts';
import { beginProof, latestProof } from '../tasks/prove.ts';
import { follow } from './follow.ts';
import { Exit, print, printJson, say, table } from './output.ts';

/** `rectiscope prove FILE|RUN` */
export function proveCommand(): Command {
  return new Command('prove')
    .description('Trains a file and its fixed copy, same seed and data order, and reports what the fix is worth.')
    .argument('<file-or-run>', 'for a run only the fixed copy is trained')
    .addOption(new Option('--rule <id>', 'the fix of this rule').choices(ruleIds))
    .option('--json', 'one JSON object at the end')
    .action(async (target: string, { rule, json = false }: { rule?: string; json?: boolean }) =>
      withServer(async (client) => {
        const { proof: begun, runs, own } = await beginProof(client, target, rule);
        const titles = begun.fixes.map((fix) => `${fix.rule}: ${fix.title}`);
        for (const title of titles) say(title);
        // A run that somebody else trains goes on.
        const exit = await follow(client, runs, { json: false, fromStart: false, quiet: json, stops: own });
        const snapshots = await Promise.all(runs.map(({ run }) => client.request(Show, { run })));
        const proof = latestProof(snapshots[0] as RunSnapshot, begun);
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
