"""The firm's workbook: households, policies, models and securities in one spreadsheet, read, previewed and loaded."""
