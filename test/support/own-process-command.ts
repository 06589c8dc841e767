/** A command whose work is done apart, with a library that writes to standard error: `node own-process-command.ts good|bad|abort|wait`. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode } from '../../server/cli/exit-code.ts';
import { print, say } from '../../server/cli/output.ts';
import { inOwnProcess } from '../../server/cli/own-process.ts';
import { interruptible } from '../../server/cli/test-options.ts';
import { TaskError } from '../../server/tasks/task-error.ts';

const how = process.argv[2];

async function work(): Promise<void> {
  writeSync(2, 'chatter of a library\n');
  say('words');
  await interruptible(async (check) => {
    print('result');
    if (how === 'bad') throw new TaskError('badInput', 'mend it');
    if (how === 'abort') process.abort();
    while (how === 'wait') {
      check();
      await sleep(10);
    }
  });
}

try {
  await inOwnProcess(work);
} catch (error) {
  process.exitCode = exitCode(error);
}
