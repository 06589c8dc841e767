/** The images of the worst classes on which a run is wrong with the greatest confidence (paper, Figure 6), by name. */
import type { VNode } from 'preact';
import { formatFixed } from '../../server/domain/numbers/format.ts';
import { className } from '../../server/figures/class-errors.ts';
import { RunName } from '../charts/run-name.tsx';
import { Swatch } from '../charts/swatch.tsx';
import type { TestedRun } from './tested-run.ts';

export function WorstImages({ runs }: { runs: readonly TestedRun[] }): VNode | null {
  const known = runs.filter(({ test }) => test.worst !== undefined && test.worst.length > 0);
  if (known.length === 0) return null;
  return (
    <div class="worst">
      {known.map(({ run, test, names }) => (
        <details key={run.run}>
          <summary>
            Worst images of the worst classes <Swatch look={run.look} />
            <RunName name={run.name} />
          </summary>
          <ul>
            {test.worst?.map(({ image, index, label, predicted, score, label_score }) => (
              <li key={index}>
                <code>{image}</code>{' '}
                <small>
                  {className(names, label)}, taken for {className(names, predicted)}: score {formatFixed(score, 3)}, own{' '}
                  {formatFixed(label_score, 3)}
                </small>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}
