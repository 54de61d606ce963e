// QR codes (ISO/IEC 18004) of short texts: bytes, error correction level L, versions 1 to 20.

// By version: check bytes of a block, and blocks (table 9 of the standard, level L).
const checkBytes = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const blockCounts = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x, y) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => x * y % 2 + x * y % 3,
  (x, y) => (x * y % 2 + x * y % 3) % 2, (x, y) => ((x + y) % 2 + x * y % 3) % 2,
];

// Logarithms in the field of 256 elements with x^8 + x^4 + x^3 + x^2 + 1.
const powers = [], logs = [];
for (let i = 0, value = 1; i < 255; i += 1) {
  powers[i] = value;
  logs[value] = i;
  value = value << 1 ^ (value >> 7) * 0x11d;
}
const multiply = (a, b) => a && b ? powers[(logs[a] + logs[b]) % 255] : 0;

// The remainder of data by the generator of so many check bytes (Reed and Solomon).
function check(data, count) {
  let generator = [1];
  for (let i = 0; i < count; i += 1) {
    generator = [...generator, 0].map((one, j) => one ^ multiply(generator[j - 1] ?? 0, powers[i]));
  }
  const rest = [...data, ...Array(count).fill(0)];
  for (let i = 0; i < data.length; i += 1) {
    const factor = rest[i];
    generator.forEach((one, j) => { rest[i + j] ^= multiply(one, factor); });
  }
  return rest.slice(data.length);
}

// A value with the remainder of a binary code behind it.
function coded(value, bits, generator) {
  let rest = value << bits;
  const top = Math.floor(Math.log2(generator));
  for (let i = 31; i >= top; i -= 1) if (rest >>> i & 1) rest ^= generator << i - top;
  return value << bits | rest;
}

// Centres of the alignment patterns in both directions.
function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2, last = 4 * version + 10;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
}

// Everything but data: modules by row, null where data goes; the format is left out.
function frame(version) {
  const size = 4 * version + 17;
  const rows = Array.from({ length: size }, () => Array(size).fill(null));
  const square = (cx, cy, radius, isDark) => {
    for (let y = cy - radius; y <= cy + radius; y += 1) {
      for (let x = cx - radius; x <= cx + radius; x += 1) {
        if (rows[y]?.[x] !== undefined) rows[y][x] = isDark(Math.max(Math.abs(x - cx), Math.abs(y - cy)));
      }
    }
  };
  const centres = alignments(version), last = centres.length - 1;
  for (let i = 0; i <= last; i += 1) {
    for (let j = 0; j <= last; j += 1) {
      const isFinder = i === 0 && j === 0 || i === 0 && j === last || i === last && j === 0;
      if (!isFinder) square(centres[i], centres[j], 2, (distance) => distance !== 1);
    }
  }
  for (let i = 0; i < size; i += 1) rows[6][i] = rows[i][6] = i % 2 === 0;
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    square(x, y, 4, (distance) => distance !== 2 && distance !== 4);
  }
  if (version >= 7) {
    const bits = coded(version, 12, 0x1f25);
    for (let i = 0; i < 18; i += 1) {
      const x = size - 11 + i % 3, y = Math.floor(i / 3);
      rows[y][x] = rows[x][y] = (bits >> i & 1) === 1;
    }
  }
  return rows;
}

// Places of the 15 bits of the format, both copies.
function formatPlaces(size) {
  const near = [0, 1, 2, 3, 4, 5, 7, 8].map((i) => [8, i]);
  const rest = [7, 5, 4, 3, 2, 1, 0].map((i) => [i, 8]);
  const far = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [size - 1 - i, 8]);
  const low = [7, 6, 5, 4, 3, 2, 1].map((i) => [8, size - i]);
  return [[...near, ...rest], [...far, ...low]];
}

// Data and check bytes in the order in which they are drawn; null if the text is too long.
function codewords(bytes, version) {
  const modules = frame(version).flat().filter((one) => one === null).length - 31;
  const total = Math.floor(modules / 8), blocks = blockCounts[version - 1];
  const capacity = total - blocks * checkBytes[version - 1];
  const lengthBits = version < 10 ? 8 : 16;
  if (4 + lengthBits + 8 * bytes.length > 8 * capacity) return null;
  let bits = "0100" + bytes.length.toString(2).padStart(lengthBits, "0");
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  bits += "0".repeat(Math.min(4, 8 * capacity - bits.length));
  const data = bits.match(/.{1,8}/g).map((one) => parseInt(one.padEnd(8, "0"), 2));
  for (let pad = 0xec; data.length < capacity; pad ^= 0xec ^ 0x11) data.push(pad);
  const short = Math.floor(capacity / blocks), longer = capacity % blocks;
  const parts = Array.from({ length: blocks }, (_, i) => {
    const isLong = i >= blocks - longer;
    const start = i * short + Math.max(0, i - (blocks - longer));
    return data.slice(start, start + short + (isLong ? 1 : 0));
  });
  const checks = parts.map((part) => check(part, checkBytes[version - 1]));
  const woven = (all) => Array.from({ length: Math.max(...all.map((one) => one.length)) },
    (_, i) => all.map((one) => one[i])).flat().filter((one) => one !== undefined);
  return [...woven(parts), ...woven(checks)];
}

// Fills data in along the columns, two at a time, from the lower right.
function draw(version, words, mask) {
  const rows = frame(version), size = rows.length;
  const format = coded(0b01000 | mask, 10, 0x537) ^ 0x5412;
  for (const places of formatPlaces(size)) {
    places.forEach(([x, y], i) => { rows[y][x] = (format >> i & 1) === 1; });
  }
  rows[size - 8][8] = true;
  let index = 0, isUp = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let i = 0; i < size; i += 1) {
      const y = isUp ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        const bit = (words[index >> 3] ?? 0) >> 7 - (index & 7) & 1;
        index += 1;
        rows[y][x] = (bit === 1) !== (masks[mask](x, y) === 0);
      }
    }
    isUp = !isUp;
  }
  return rows;
}

// How hard a picture is to read (section 7.8.3): runs, squares, what looks like a finder, balance.
function penalty(rows) {
  const size = rows.length;
  let sum = 0, dark = 0;
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  for (const line of [...rows, ...columns].map((one) => one.map(Number).join(""))) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (let i = 0; i + 11 <= size; i += 1) {
      if (["00001011101", "10111010000"].includes(line.slice(i, i + 11))) sum += 40;
    }
  }
  rows.forEach((row, y) => row.forEach((one, x) => {
    dark += one;
    if (x && y && one === row[x - 1] && one === rows[y - 1][x] && one === rows[y - 1][x - 1]) sum += 3;
  }));
  return sum + 10 * Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size));
}

// The modules of a text by row, true for dark, without the light margin of four; null if it is longer
// than 858 bytes.
export function qrCode(text) {
  const bytes = [...new TextEncoder().encode(text)];
  for (let version = 1; version <= 20; version += 1) {
    const words = codewords(bytes, version);
    if (!words) continue;
    const all = masks.map((_, mask) => draw(version, words, mask));
    return all.reduce((best, one) => penalty(one) < penalty(best) ? one : best);
  }
  return null;
}

// Draws a text on a canvas, dark on light with its margin; hides it if the text is too long.
export function drawQR(canvas, text) {
  const rows = qrCode(text);
  canvas.hidden = rows === null;
  if (!rows) return;
  const scale = 4, margin = 4;
  canvas.width = canvas.height = (rows.length + 2 * margin) * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  rows.forEach((row, y) => row.forEach((one, x) => {
    if (one) context.fillRect((x + margin) * scale, (y + margin) * scale, scale, scale);
  }));
}

// Leaves nothing of it.
export function clearQR(canvas) {
  canvas.width = canvas.height = 0;
  canvas.hidden = true;
}
