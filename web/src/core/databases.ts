/**
 * IndexedDB for the core: ordered pairs of bytes, packed as `web/core/src/database.rs` reads and writes them.
 *
 * One object store a database, keys and values as they are. A commit is one transaction that is done when the browser
 * says that it is on the disk (`durability: "strict"`).
 */
import { type IDBPDatabase, deleteDB, openDB } from "idb";

const PAIRS = "pairs";

/** Pairs read at a time. */
const PAGE_PAIRS = 2_000;

/** The length of a value that stands for a removed pair. */
const REMOVED = 0xffff_ffff;

export const databases = {
  /** Opens a database, or makes it. A newer one is refused with a `VersionError` that says which version was found. */
  async open(name: string, format: number): Promise<Database> {
    try {
      const opened = await openDB(name, format, {
        upgrade: (database) => database.createObjectStore(PAIRS),
        // A newer app in another tab is waiting: it gets the database, this one says that its store failed.
        blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
      });
      return new Database(opened);
    } catch (error) {
      if (error instanceof DOMException && error.name === "VersionError") {
        throw { name: error.name, message: error.message, found: await versionOf(name) };
      }
      throw error;
    }
  },

  remove: (name: string): Promise<void> => deleteDB(name),

  async names(): Promise<string[]> {
    return (await indexedDB.databases()).flatMap(({ name }) => name ?? []);
  },
};

class Database {
  constructor(private readonly opened: IDBPDatabase) {}

  /** The next pairs after a key, by key. */
  async load(after?: Uint8Array): Promise<Uint8Array> {
    const range = after && IDBKeyRange.lowerBound(after, true);
    const pairs = this.opened.transaction(PAIRS).store;
    const [keys, values] = await Promise.all([pairs.getAllKeys(range, PAGE_PAIRS), pairs.getAll(range, PAGE_PAIRS)]);
    return pack(keys as ArrayBuffer[], values as Uint8Array[]);
  }

  /** Writes and removes pairs, all of them or none. */
  async commit(packed: Uint8Array): Promise<void> {
    const transaction = this.opened.transaction(PAIRS, "readwrite", { durability: "strict" });
    try {
      for (const [key, value] of unpack(packed)) {
        // What goes wrong with one ends the transaction, which is waited for.
        const request = value ? transaction.store.put(value, key) : transaction.store.delete(key);
        request.catch(() => undefined);
      }
    } catch (error) {
      transaction.done.catch(() => undefined);
      transaction.abort();
      throw error;
    }
    await transaction.done;
  }

  close(): void {
    this.opened.close();
  }
}

function pack(keys: ArrayBuffer[], values: Uint8Array[]): Uint8Array {
  const bytes = keys.reduce((sum, key, at) => sum + 8 + key.byteLength + (values[at]?.byteLength ?? 0), 0);
  const packed = new Uint8Array(bytes);
  const view = new DataView(packed.buffer);
  let at = 0;
  keys.forEach((key, number) => {
    const value = values[number] ?? new Uint8Array();
    view.setUint32(at, key.byteLength, true);
    view.setUint32(at + 4, value.byteLength, true);
    packed.set(new Uint8Array(key), at + 8);
    packed.set(value, at + 8 + key.byteLength);
    at += 8 + key.byteLength + value.byteLength;
  });
  return packed;
}

function* unpack(packed: Uint8Array): Generator<[Uint8Array<ArrayBuffer>, Uint8Array | undefined]> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  while (at < packed.byteLength) {
    const keyBytes = view.getUint32(at, true);
    const valueBytes = view.getUint32(at + 4, true);
    // Copies: a view would take the whole batch along into the database.
    const key = packed.slice(at + 8, at + 8 + keyBytes);
    at += 8 + keyBytes;
    if (valueBytes === REMOVED) {
      yield [key, undefined];
    } else {
      yield [key, packed.slice(at, at + valueBytes)];
      at += valueBytes;
    }
  }
}

/** The version of a database that is there. */
async function versionOf(name: string): Promise<number> {
  const database = await openDB(name);
  database.close();
  return database.version;
}
