/** How long the browser may take to begin a download, milliseconds. */
const BEGINS_WITHIN_MS = 60_000;

/** Gives bytes or a blob to the person as a file. */
export function download(content: Uint8Array | Blob, name: string): void {
  const blob = content instanceof Blob ? content : new Blob([content as BlobPart], { type: "application/octet-stream" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), BEGINS_WITHIN_MS);
}
