/** A position as the campaign keeps it: `latitude longitude altitude accuracy`, degrees and metres. */
export interface Place {
  latitude: number;
  longitude: number;
  altitude: number;
  accuracy: number;
}

export function parsePlace(text: string): Place | null {
  const numbers = text.trim().split(/\s+/).map(Number);
  const [latitude, longitude, altitude = 0, accuracy = 0] = numbers;
  if (latitude === undefined || longitude === undefined || numbers.some(Number.isNaN)) return null;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return null;
  return { latitude, longitude, altitude, accuracy };
}

export function placeText({ latitude, longitude, altitude, accuracy }: Place): string {
  const plain = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
  return [plain(latitude, 6), plain(longitude, 6), plain(altitude, 1), plain(accuracy, 1)].join(" ");
}
