/** A process that works on the store, and until when it has said that it lives. */
export interface NodeLease {
  readonly id: string;
  /** By the clock of the database. */
  readonly leaseUntilMs: number;
}

/** How an installation stands, as its store knows it. */
export interface SystemLook {
  /** The last step that the schema has been through, such as `011_groups`. */
  readonly schema: string;
  /** Those that share the store; none where only one process can open it. */
  readonly nodes: readonly NodeLease[];
  readonly counts: {
    readonly accounts: number;
    readonly projects: number;
    /** Of every class, those that are not deleted. */
    readonly keys: number;
    readonly users: number;
  };
}

export interface SystemStore {
  /** For the operator’s eyes: counts whole tables, on the connections of reports. */
  look(): Promise<SystemLook>;
}

/** A setting as it is in force. */
export interface ShownSetting {
  readonly name: string;
  /** As text; empty: none. Null: it is a secret, and only `isSet` is told. */
  readonly value: string | null;
  readonly isSet: boolean;
  readonly isDefault: boolean;
  readonly doc: string;
}
