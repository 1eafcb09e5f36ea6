export interface ZipOptions {
  readonly comment?: string;
  /** Sizes and offsets in zip64 records, as archives past 4 GiB have them. */
  readonly zip64?: boolean;
  /** The compression method that the directory tells; the bytes are stored whatever it says. */
  readonly method?: number;
  /** The size that the directory tells of every entry. */
  readonly claimedBytes?: number;
}

/** A zip file of stored entries. */
export function zipFile(entries: ReadonlyMap<string, Uint8Array>, options: ZipOptions = {}): Buffer {
  const { comment = "", zip64 = false, method = 0 } = options;
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of entries) {
    const nameBytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(nameBytes.length, 26);
    // PyTorch pads here so that the data begin at a multiple of 64.
    const padding = Buffer.alloc(7);
    local.writeUInt16LE(padding.length, 28);
    parts.push(local, nameBytes, padding, Buffer.from(data));
    const size = options.claimedBytes ?? data.length;
    const extra = zip64 ? Buffer.concat([uint16(1), uint16(24), ...[size, size, offset].map(uint64)]) : Buffer.alloc(0);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    for (const [field, value] of [
      [20, size],
      [24, size],
      [42, offset],
    ] as const) {
      central.writeUInt32LE(zip64 ? 0xffffffff : value, field);
    }
    central.writeUInt16LE(nameBytes.length, 28);
    central.writeUInt16LE(extra.length, 30);
    directory.push(central, nameBytes, extra);
    offset += 30 + nameBytes.length + padding.length + data.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.size, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : directoryBytes.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const records = zip64 ? end64(directoryBytes.length, offset) : [];
  return Buffer.concat([...parts, directoryBytes, ...records, end, Buffer.from(comment)]);
}

function end64(directoryBytes: number, directoryBegin: number): Buffer[] {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(directoryBytes), 40);
  record.writeBigUInt64LE(BigInt(directoryBegin), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directoryBegin + directoryBytes), 8);
  return [record, locator];
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
