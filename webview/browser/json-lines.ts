/** Messages from a response body with one JSON value per line, as they arrive. */

/** Ends with the body; throws if nothing arrives for `silence` milliseconds. Blank lines are signs of life. */
export async function* jsonLines(body: ReadableStream<Uint8Array>, silence: number): AsyncGenerator<unknown> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  /** Pieces of an incomplete line: a snapshot arrives in hundreds. */
  let begun: string[] = [];
  for (;;) {
    const { done, value } = await within(reader.read(), silence);
    if (done) return;
    const [first = '', ...rest] = value.split('\n');
    begun.push(first);
    if (rest.length === 0) continue;
    const lines = [begun.join(''), ...rest];
    begun = [lines.pop() ?? ''];
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing arrived for ${milliseconds} ms.`)), milliseconds);
  });
  try {
    return await Promise.race([work, silent]);
  } finally {
    clearTimeout(timer);
  }
}
