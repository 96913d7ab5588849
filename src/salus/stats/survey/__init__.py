"""Estimates from sample surveys that keep the design: strata, clusters, weights, calibration, replicates."""

from salus.stats.survey.design import SurveyDesign
from salus.stats.survey.estimates import Publication, SurveyEstimate, publishable
from salus.stats.survey.replicates import ReplicateDesign

__all__ = ["Publication", "ReplicateDesign", "SurveyDesign", "SurveyEstimate", "publishable"]
