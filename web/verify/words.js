import { english } from './words_en.js';
import { chinese } from './words_zh.js';

// Both have the same keys: {steps, holds, reasons, problems, notReached}.
export const kWords = { zh: chinese, en: english };

export const wordsOf = (language) => kWords[language] ?? chinese;
