/** A sentence of the server, whole, and what it is in Chinese; `$1` is what stood at the first open place. */
export type Sentence = readonly [said: RegExp, chinese: string];
