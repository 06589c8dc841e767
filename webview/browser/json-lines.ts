/** Messages out of a body that brings one JSON value a line, as they come. */

/** Ends with the body; throws where nothing comes for `silence` milliseconds. Blank lines are signs of life. */
export async function* jsonLines(body: ReadableStream<Uint8Array>, silence: number): AsyncGenerator<unknown> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  /** Pieces of a line that is not whole: a snapshot comes in hundreds. */
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
    timer = setTimeout(() => reject(new Error(`Nothing came for ${milliseconds} ms.`)), milliseconds);
  });
  try {
    return await Promise.race([work, silent]);
  } finally {
    clearTimeout(timer);
  }
}
