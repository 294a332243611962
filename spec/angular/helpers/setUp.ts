import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { afterEach, beforeEach } from '@jest/globals';
import { changeDetection } from './application.js';

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());

beforeEach(() => {
  TestBed.configureTestingModule({ providers: [changeDetection()] });
});

afterEach(() => {
  TestBed.resetTestingModule();
});
