belfrySearch("en/8.7",{"226":["Women and gender","2 documents","theme/gender.html","Topics"],"244":["What is new","","changes.html","Cities of the Example"]})
