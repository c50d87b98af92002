import { readFileSync, writeFileSync } from 'node:fs';
import { Model, type ModelFile } from '../src/detect/model.ts';
import { ValueScorer } from '../src/detect/scorer.ts';
import { calibrate } from './calibrate.ts';

/** Sets the thresholds of the model anew and leaves its weights as they are. */
const file = new URL('../src/detect/model.json', import.meta.url);
const text = readFileSync(file, 'utf8');
const scorer = new ValueScorer(Model.parse(text));
const { thresholds } = JSON.parse(text) as ModelFile;
const fresh = calibrate(scorer, (line) => void process.stdout.write(`${line}\n`));
writeFileSync(file, text.replace(JSON.stringify(thresholds), JSON.stringify(fresh)));
