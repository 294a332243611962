import { ApplicationRef, ApplicationConfig, inject } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { bootstrapApplication } from '@angular/platform-browser';
import { describe, expect, it } from '@jest/globals';
import { injectRunner, injectRunners, provideRunners } from '../../src/angular/index.js';
import { exclusive } from '../../src/index.js';
import { afterReports } from '../helpers/unhandled.js';
import { changeDetection, collectErrors, component, handled, stability, stable } from './helpers/application.js';
import { probe } from './helpers/probe.js';
