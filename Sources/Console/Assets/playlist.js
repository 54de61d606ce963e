// Reads a media playlist (RFC 8216 section 4) into plain objects; no more than this player needs.

const attributes = (text) => {
  const found = {};
  for (const match of text.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)) {
    found[match[1]] = match[2].replace(/^"|"$/g, "");
  }
  return found;
};

const byteRange = (text, previousEnd) => {
  if (!text) return null;
  const [length, offset] = text.split("@");
  const start = offset === undefined ? previousEnd : Number(offset);
  return { start, end: start + Number(length) - 1 };
};

// Returns {segments, isEnded, mediaSequence, targetDuration}; each segment has uri, range,
// duration (s), map {uri, range}, discontinuity, gap, date (ms since 1970 or null), sequence.
export function parseMediaPlaylist(text, base) {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== "#EXTM3U") throw new Error("not a playlist");
  const list = { segments: [], isEnded: false, mediaSequence: 0, targetDuration: 6 };
  let next = {};
  let map = null;
  let date = null;
  let previousEnd = 0;
  for (const line of lines) {
    const [tag, value] = line.startsWith("#") ? split(line) : [null, line];
    switch (tag) {
      case "#EXT-X-TARGETDURATION": list.targetDuration = Number(value); break;
      case "#EXT-X-MEDIA-SEQUENCE": list.mediaSequence = Number(value); break;
      case "#EXT-X-ENDLIST": list.isEnded = true; break;
      case "#EXTINF": next.duration = parseFloat(value); break;
      case "#EXT-X-BYTERANGE": next.range = value; break;
      case "#EXT-X-DISCONTINUITY": next.discontinuity = true; break;
      case "#EXT-X-GAP": next.gap = true; break;
      case "#EXT-X-PROGRAM-DATE-TIME": date = Date.parse(value); break;
      case "#EXT-X-MAP": {
        const found = attributes(value);
        map = { uri: new URL(found.URI, base).href, range: byteRange(found.BYTERANGE, 0) };
        break;
      }
      case null: {
        if (!value) break;
        const range = byteRange(next.range, previousEnd);
        previousEnd = range ? range.end + 1 : 0;
        list.segments.push({
          uri: new URL(value, base).href, range, duration: next.duration ?? 0, map,
          discontinuity: next.discontinuity ?? false, gap: next.gap ?? false, date,
          sequence: list.mediaSequence + list.segments.length,
        });
        if (date !== null) date += (next.duration ?? 0) * 1000;
        next = {};
        break;
      }
      default:
    }
  }
  return list;
}

function split(line) {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1)];
}

// The variants of a multivariant playlist: [{uri, codecs, width, height}].
export function parseMultivariantPlaylist(text, base) {
  const lines = text.split(/\r?\n/);
  const variants = [];
  lines.forEach((line, index) => {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return;
    const found = attributes(line.slice(18));
    const [width, height] = (found.RESOLUTION ?? "0x0").split("x").map(Number);
    variants.push({
      uri: new URL(lines[index + 1], base).href, codecs: found.CODECS ?? "", width, height,
    });
  });
  return variants;
}
