import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, type Font, type Glyph } from 'fontkit';
import { withMissingAnchors } from './anchors.ts';
import { plainFont } from './sfnt.ts';

export type Weight = 'regular' | 'bold';

/** One font of a document: opened anew for each, since glyphs remember which characters they first stood for. */
export interface DocumentFont {
  readonly key: string;
  readonly font: Font;
  /** Set in a heavier stroke, where a family has no bold of its own. */
  readonly embolden: boolean;
}

interface Family {
  name: string;
  file: (weight: Weight) => string;
  hasBold: boolean;
}

/** Where a package lies; some do not let their own description be asked for, so it is looked for above their entry. */
function packageFolder(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function noto(name: string, subset: string, family = 'noto-sans'): Family {
  const file = (weight: Weight) =>
    join(`@fontsource/${family}`, 'files', `${family}-${subset}-${weight === 'bold' ? 700 : 400}-normal.woff`);
  return { name, file, hasBold: true };
}

const japanese: Family = {
  name: 'japanese',
  file: (weight) => `@embedpdf/fonts-jp/fonts/NotoSansJP-${weight === 'bold' ? 'Bold' : 'Regular'}.otf`,
  hasBold: true,
};
const chinese: Family = {
  name: 'chinese',
  file: (weight) => `@embedpdf/fonts-sc/fonts/NotoSansHans-${weight === 'bold' ? 'Bold' : 'Regular'}.otf`,
  hasBold: true,
};
const korean: Family = {
  name: 'korean',
  file: () => '@fontsource/gowun-dodum/files/gowun-dodum-korean-400-normal.woff',
  hasBold: false,
};

/** Scripts are disjoint but for signs they share, so their order decides little; it is the order of likelihood. */
const alphabets: readonly Family[] = [
  noto('latin', 'latin'),
  noto('latin-ext', 'latin-ext'),
  noto('greek', 'greek'),
  noto('cyrillic', 'cyrillic'),
  noto('arabic', 'arabic', 'noto-sans-arabic'),
  noto('hebrew', 'hebrew', 'noto-sans-hebrew'),
  noto('devanagari', 'devanagari'),
  noto('thai', 'thai', 'noto-sans-thai'),
  noto('bengali', 'bengali', 'noto-sans-bengali'),
  noto('tamil', 'tamil', 'noto-sans-tamil'),
  noto('gurmukhi', 'gurmukhi', 'noto-sans-gurmukhi'),
  noto('georgian', 'georgian', 'noto-sans-georgian'),
  noto('armenian', 'armenian', 'noto-sans-armenian'),
  noto('vietnamese', 'vietnamese'),
  noto('greek-ext', 'greek-ext'),
  noto('cyrillic-ext', 'cyrillic-ext'),
];

/** The same Han character is drawn in the way of the document's language; what one family lacks another may have. */
function familiesOf(locale: string): readonly Family[] {
  const language = locale.split('-', 1)[0];
  return language === 'zh' ? [...alphabets, chinese, japanese, korean] : [...alphabets, japanese, chinese, korean];
}

const files = new Map<string, Buffer>();

function readFont(path: string): Buffer {
  const known = files.get(path);
  if (known) return known;
  const [scope = '', name = '', ...rest] = path.split('/');
  const file = plainFont(readFileSync(join(packageFolder(`${scope}/${name}`), ...rest)));
  files.set(path, file);
  return file;
}

/** The fonts of one document, opened as they are needed. */
export class DocumentFonts {
  readonly #families: readonly Family[];
  readonly #open = new Map<string, DocumentFont>();
  readonly #choices = new Map<string, DocumentFont | null>();

  constructor(locale: string) {
    this.#families = familiesOf(locale);
  }

  /** The first font that has all characters of a cluster; null if none has. */
  for(cluster: string, weight: Weight): DocumentFont | null {
    const key = `${weight} ${cluster}`;
    const known = this.#choices.get(key);
    if (known !== undefined) return known;
    const codePoints = [...cluster].map((character) => character.codePointAt(0)!).filter(hasShape);
    const family = this.#families.find((one) => {
      const { font } = this.#opened(one, weight);
      return codePoints.every((codePoint) => font.hasGlyphForCodePoint(codePoint));
    });
    const found = family ? this.#opened(family, weight) : null;
    this.#choices.set(key, found);
    return found;
  }

  #opened(family: Family, weight: Weight): DocumentFont {
    const key = `${family.name} ${weight}`;
    const known = this.#open.get(key);
    if (known) return known;
    const font = withMissingAnchors(withOwnCharacters(create(readFont(family.file(weight))) as Font));
    const opened = { key, font, embolden: weight === 'bold' && !family.hasBold };
    this.#open.set(key, opened);
    return opened;
  }
}

/** Joiners and marks of direction steer shaping and order; they need no glyph of their own. */
function hasShape(codePoint: number): boolean {
  return !(codePoint >= 0x200b && codePoint <= 0x200f) && !(codePoint >= 0xfe00 && codePoint <= 0xfe0f);
}

/**
 * Lets each use of a glyph know what it stands for there. The library keeps one object a glyph, with the characters of its
 * first use, though letters put together of parts share those.
 */
function withOwnCharacters(font: Font): Font {
  const shared = font.getGlyph.bind(font);
  font.getGlyph = (id: number, codePoints: number[] = []): Glyph =>
    Object.create(shared(id), { codePoints: { value: codePoints } });
  return font;
}
