// Charts, drawn by uPlot from the data that a page's own address gives.
