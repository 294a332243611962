import { afterEach, beforeEach, it } from 'node:test';
import { failing } from '../failing.mjs';

failing({ it, beforeEach, afterEach });
