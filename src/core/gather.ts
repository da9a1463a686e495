/**
 * Gathers what arrives while a batch is under way into the next one: many calls share one transaction and one flush to
 * disk, and none waits for a timer. Answers come in the order of the items.
 */
export interface Gather<Item, Answer> {
  add(item: Item): Promise<Answer>;
  /** Resolves when nothing is waiting or under way. */
  drain(): Promise<void>;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * `write` takes a batch of at most `most` items, all or none; an answer that is a promise comes later, and the next batch
 * does not wait for it. When it fails for a reason that may lie in one item
 * (`isWhole` false), the items are written one by one, so that one does not cost the others theirs.
 */
export function createGather<Item, Answer>(options: {
  write: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>;
  most: number;
  /** Whether a failure concerns every item: the store is in trouble. */
  isWhole: (error: unknown) => boolean;
  /** Told how large each batch was. */
  onBatch?: (size: number) => void;
}): Gather<Item, Answer> {
  const { write, most, isWhole, onBatch } = options;
  let waiting: Waiting<Item, Answer>[] = [];
  let working: Promise<void> | undefined;
  const late = new Set<Promise<unknown>>();

  async function work(): Promise<void> {
    // What comes in the same turn goes into one batch; and `working` is set before anything can fail.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.length <= most ? waiting : waiting.slice(0, most);
      waiting = waiting.length <= most ? [] : waiting.slice(most);
      await writeBatch(batch);
    }
    working = undefined;
  }

  async function writeBatch(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    onBatch?.(batch.length);
    try {
      const answers = await write(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) {
        const answer = answers[index];
        if (answer instanceof Promise) {
          const ended = answer.then(ignore, ignore).finally(() => late.delete(ended));
          late.add(ended);
        }
        resolve(answer as Answer | Promise<Answer>);
      }
    } catch (error) {
      if (batch.length === 1 || isWhole(error)) for (const { reject } of batch) reject(error);
      else for (const one of batch) await writeBatch([one]);
    }
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        working ??= work();
      });
    },
    async drain() {
      while (working || late.size > 0) {
        await working;
        await Promise.all(late);
      }
    },
  };
}

function ignore(): void {
  // Whoever added the item is told.
}

/** All answers, once the late ones have come. */
export function allOf<T>(answers: readonly (T | Promise<T>)[]): Promise<T[]> {
  return Promise.all(answers.map(async (answer) => answer));
}
