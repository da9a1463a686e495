/** By member of the body: the fields that stand for it under another name. The first that is shown gets its faults. */
export type Aliases = Readonly<Record<string, readonly string[]>>;
