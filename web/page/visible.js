// Text that others wrote, shown so that it can neither act nor deceive: text nodes only, and what one cannot see (control
// characters, marks of direction, characters without width, unusual spaces) as its code.

const kUnseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?![ \u3000])\p{Zs}/u;
const kLengthMax = 20000;

export const codeOf = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

// Pieces {text} or {code}, in their order.
export function piecesOf(text) {
  const pieces = [];
  let plain = '';
  for (const character of text) {
    if (!kUnseen.test(character)) {
      plain += character;
      continue;
    }
    if (plain) pieces.push({ text: plain });
    plain = '';
    pieces.push({ code: codeOf(character) });
  }
  if (plain) pieces.push({ text: plain });
  return pieces;
}

// An element without attributes beyond its class, holding strings and elements.
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// A text of others: kept apart from the direction of what surrounds it, and shortened (`more` says so) where it is endless.
export function shown(text, more = '…') {
  const cut = text.length > kLengthMax ? text.slice(0, kLengthMax) : text;
  const made = element('bdi', 'shown');
  for (const piece of piecesOf(cut)) {
    made.append(piece.code ? element('span', 'unseen', piece.code) : document.createTextNode(piece.text));
  }
  if (cut !== text) made.append(element('span', 'unseen', more));
  return made;
}
