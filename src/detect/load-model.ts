import { readFileSync } from 'node:fs';
import { Model } from './model.ts';

/** The model that ships with this version. Throws where it is missing or damaged: without it nothing may start that promises to inspect. */
export function loadModel(file: string | URL = new URL('./model.json', import.meta.url)): Model {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error('the model of the detector is missing');
  }
  return Model.parse(text);
}
