/**
 * The process in which the language server has data looked at: a folder of many files, a slow disk or a damaged image
 * must not delay a keystroke. It answers over its channel, in any order, and ends with its parent.
 */
import type { LookAnswer, LookRequest } from '../protocol/data-look.ts';
import { lookAtData } from './look.ts';

const answer = (message: LookAnswer) => process.send?.(message);

process.on('message', ({ id, config }: LookRequest) => {
  lookAtData(config).then(
    (look) => answer({ id, look }),
    (error: Error) => answer({ id, fault: error.stack ?? error.message }),
  );
});
process.on('disconnect', () => process.exit());
